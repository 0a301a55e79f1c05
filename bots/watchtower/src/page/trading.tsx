import type { PoolView } from '../overview/schema.ts';
import { Fact, Spark } from './parts.tsx';

type TradingView = NonNullable<PoolView['trading']>;

/** Renders the profit of a bot in the pool, for a row. */
export function Earned({ trading }: { trading: TradingView }) {
  return (
    <div>
      <span class="quiet">profit</span> {cut(trading.profit)} base{' '}
      {trading.yearly ? <span class="quiet">{trading.yearly} a year</span> : ''}
      <Spark values={trading.trend} label="Profit" unit="base" />
    </div>
  );
}

/** Renders all details of a bot's trading in one pool. */
export function Trading({ trading }: { trading: TradingView }) {
  const { profit, yearly, liquidity, arbitrage, fees, gas, partsPerYear, worthLiquidity, worthBonds } =
    trading;
  const { fixedRate, variableRate, band, positions, plan, trend } = trading;
  return (
    <section aria-labelledby="trading">
      <h2 id="trading">Liquidity and arbitrage</h2>
      <dl>
        <Fact name="Profit, with positions at their closing value">
          {cut(profit)} base{yearly ? `, ${yearly} a year` : ''}
          <Spark values={trend} label="Profit" unit="base" />
        </Fact>
        <Fact name="Profit of liquidity">{aYear(liquidity, partsPerYear?.liquidity)}</Fact>
        <Fact name="Profit of arbitrage">{aYear(arbitrage, partsPerYear?.arbitrage)}</Fact>
        <Fact name="Fees paid to the pool, gas">
          {aYear(fees, partsPerYear?.fees)}, {aYear(gas, partsPerYear?.gas)}
        </Fact>
        <Fact name="Worth of liquidity, of bonds">
          {cut(worthLiquidity)}, {cut(worthBonds)}
        </Fact>
        <Fact name="Fixed rate, variable rate">
          {fixedRate ?? 'unknown'}, {variableRate ?? 'unknown'}
        </Fact>
        <Fact name="No trade pays between">{band ?? 'unknown'}</Fact>
        <Fact name="Plan">{plan.join('; ') || 'nothing'}</Fact>
      </dl>
      {positions.length > 0 ? (
        <ul class="rows">
          {positions.map(({ side, matures, bonds, value }) => (
            <li class="row">
              <div class="main">{side}</div>
              <div>
                {cut(bonds)} bonds, worth {cut(value)}
              </div>
              <div>
                <span class="quiet">matures</span> {matures}
              </div>
            </li>
          ))}
        </ul>
      ) : (
        ''
      )}
    </section>
  );
}

/** Returns an amount of base, with its percentage of the capital a year where it is known. */
function aYear(amount: string | undefined, percent: string | undefined): string {
  return percent === undefined ? cut(amount) : `${cut(amount)} (${percent} a year)`;
}

/** Returns a decimal text with two decimals; further digits are cut off. */
function cut(text: string | undefined): string {
  if (text === undefined) return 'unknown';
  const [whole = '0', fraction = ''] = text.split('.');
  return fraction === '' ? whole : `${whole}.${fraction.slice(0, 2)}`;
}
