import type { Overview } from '../overview/schema.ts';
import { Copy, Fact, Outward } from './parts.tsx';
import { amount } from './words.ts';

export function Wallets({ overview }: { overview: Overview }) {
  const { wallets } = overview;
  if (wallets.length === 0) return <p class="empty">No bot has told of a wallet.</p>;
  return (
    <ul class="cards grid">
      {wallets.map(
        ({ bot, address, chain, currency, balanceWei, isRead, mayCallOn, keyHolders, ...rest }) => {
          const { actionsLeft, daysLeft, mayCall, link } = rest;
          return (
            <li class="card">
              <h3>
                {bot} {chain ? <span class="quiet">on {chain}</span> : ''}
              </h3>
              <p class="address">
                <Outward to={link}>
                  <code>{address}</code>
                </Outward>{' '}
                <Copy text={address} label={`the address of ${bot}`} />
              </p>
              <dl>
                <Fact name="Balance">
                  {balanceWei === undefined ? 'unknown' : `${amount(balanceWei)} ${currency}`}
                  {balanceWei === undefined || isRead ? '' : <span class="quiet"> as the bot said last</span>}
                </Fact>
                <Fact name="Pays for">
                  {actionsLeft === undefined ? 'unknown' : `${actionsLeft} actions at today's fee`}
                </Fact>
                <Fact name="Lasts">
                  {daysLeft === undefined
                    ? 'not known yet'
                    : daysLeft > 999
                      ? 'more than 999 days'
                      : `${Math.floor(daysLeft)} days`}
                </Fact>
                <Fact name="Key held by">
                  {keyHolders?.length ? (
                    keyHolders.join(', ')
                  ) : (
                    <span class="quiet">not in the file of owners</span>
                  )}
                </Fact>
                <Fact name="May call">
                  {mayCall.length === 0 ? (
                    'unknown'
                  ) : (
                    <ul class="plain">
                      {mayCall.map(each => (
                        <li>
                          <code>{each.replace(/^function /, '')}</code>
                        </li>
                      ))}
                    </ul>
                  )}
                  {mayCall.length > 0 && mayCallOn !== undefined ? (
                    <span class="quiet">on its {mayCallOn} pools, without value</span>
                  ) : (
                    ''
                  )}
                </Fact>
              </dl>
            </li>
          );
        },
      )}
    </ul>
  );
}
