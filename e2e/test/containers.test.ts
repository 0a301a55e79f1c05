import { describe } from '@jest/globals';
import { fromNothingToRunningBots } from './containers/fromNothingToRunningBots.ts';
import { lpandarbOnPaper } from './containers/lpandarbOnPaper.ts';
import { Stage } from './containers/stage.ts';
import { theWatchtower } from './containers/theWatchtower.ts';
import { whatAContainerMayDo } from './containers/whatAContainerMayDo.ts';
import { whenSomethingGoesWrong } from './containers/whenSomethingGoesWrong.ts';

// The parts are one file for jest, in this order, since each separate file would begin with a deployment of a
// minute.
const stage = new Stage('e2e');

describe('from nothing to running bots', () => fromNothingToRunningBots(stage));
describe('the watchtower', () => theWatchtower(stage));
describe('what a container may do', () => whatAContainerMayDo(stage));
describe('when something goes wrong', () => whenSomethingGoesWrong(stage));
describe('a bot that trades', () => lpandarbOnPaper(stage));
