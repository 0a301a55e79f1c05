import { type Observation, rank, type Severity } from '../../src/alerts/model/alert.ts';

/** A condition that the world's checks observe. */
export interface Finding {
  /** The entity as `entityOf` returns it. */
  entity: string;
  /** The alert that reports it. */
  told: string;
  about: Pick<Observation, 'check' | 'pool' | 'subject' | 'cause'>;
}

const pools = ['0xaa', '0xbb', '0xcc'];
export const group = 'pooled:-:vault V';
export const findings: readonly Finding[] = [
  ...['a', 'b'].map(subject => ({
    entity: `alone:-:${subject}`,
    told: `alone:-:${subject}`,
    about: { check: 'alone', subject },
  })),
  ...pools.map(pool => ({
    entity: `pooled:${pool}`,
    told: group,
    about: { check: 'pooled', pool, cause: 'vault V' },
  })),
];
export const entities = [...new Set(findings.map(({ told }) => told))];

/** `blind`: the check cannot run. */
export type Truth = Severity | 'fine' | 'blind';
export type Answer = 'yes' | 'no' | 'maybe';

interface Care {
  severity: Severity;
  /** The worst severity of the finding by then, which may still have been the reported one. */
  worst: Severity;
  /** Since then the finding was found gone, or worse, so whether the decision applies depends on the time. */
  isUncertain: boolean;
}

/** The truth about one finding, from the observations of its check and the decisions of people. */
export class Known {
  truth: Truth = 'fine';
  /** The severity that was observed last, while the finding may be open. */
  severity: Severity | undefined;
  /** The worst severity since it certainly was over. */
  worst: Severity | undefined;
  /** Whether it was found gone since it was last found. */
  isEnding = false;
  /** Acknowledgements without an end, by the entity of the key that they were made for. */
  readonly acknowledgements = new Map<string, Care>();

  observe(): void {
    const { truth } = this;
    if (truth === 'blind') return;
    if (truth === 'fine') {
      if (this.severity !== undefined) this.isEnding = true;
      for (const care of this.acknowledgements.values()) care.isUncertain = true;
      return;
    }
    this.severity = truth;
    this.isEnding = false;
    if (this.worst === undefined || rank(truth) > rank(this.worst)) this.worst = truth;
    for (const care of this.acknowledgements.values())
      if (rank(truth) > rank(care.severity)) care.isUncertain = true;
  }

  /** Enough rounds and time have passed without the finding. */
  isOver(): void {
    this.severity = undefined;
    this.worst = undefined;
    this.isEnding = false;
    this.acknowledgements.clear();
  }

  get isOpen(): Answer {
    if (this.severity === undefined) return 'no';
    return this.isEnding ? 'maybe' : 'yes';
  }

  get isCared(): Answer {
    const { severity } = this;
    if (severity === undefined) return 'maybe';
    const answers = [...this.acknowledgements.values()].map(care => {
      if (rank(severity) > rank(care.worst)) return 'no';
      return care.isUncertain || rank(severity) > rank(care.severity) ? 'maybe' : 'yes';
    });
    if (answers.includes('yes')) return 'yes';
    return answers.includes('maybe') ? 'maybe' : 'no';
  }
}

/** The expected state of one alert at every channel after a calm time. */
export interface Expected {
  isOpen: Answer;
  isCared: Answer;
  /** The lowest certain severity of the findings without a decision. */
  severity: Severity | undefined;
}

/** The simple model that the engine is compared with. */
export class Oracle {
  readonly known = new Map<string, Known>(findings.map(({ entity }) => [entity, new Known()]));

  of(finding: Finding): Known {
    return this.known.get(finding.entity) as Known;
  }

  /** Observes every finding. @returns the observations of the checks in this round */
  round(): Observation[] {
    return findings.flatMap((finding): Observation[] => {
      const known = this.of(finding);
      known.observe();
      const { truth } = known;
      if (truth === 'blind') return [];
      const { cause: _, ...about } = finding.about;
      if (truth === 'fine') return [{ ...about, failing: false }];
      return [{ ...finding.about, failing: true, severity: truth, message: `${finding.entity} broke` }];
    });
  }

  /** Ends, after a calm time of hours, every finding that its check found gone. */
  settle(): void {
    for (const known of this.known.values()) if (known.truth === 'fine') known.isOver();
  }

  /** Returns the expected state of an alert. @param told the alert */
  expected(told: string): Expected {
    const members = findings.filter(finding => finding.told === told).map(finding => this.of(finding));
    const open = members.map(({ isOpen }) => isOpen);
    const certain = members.filter(({ isOpen }) => isOpen === 'yes');
    const unacknowledged = certain.filter(({ isCared }) => isCared === 'no');
    const severities = unacknowledged.flatMap(({ severity }) => severity ?? []);
    return {
      isOpen: open.includes('yes') ? 'yes' : open.includes('maybe') ? 'maybe' : 'no',
      isCared:
        unacknowledged.length > 0
          ? 'no'
          : members.every(({ isOpen, isCared }) => isOpen === 'no' || (isOpen === 'yes' && isCared === 'yes'))
            ? 'yes'
            : 'maybe',
      severity: severities.sort((a, b) => rank(b) - rank(a))[0],
    };
  }
}
