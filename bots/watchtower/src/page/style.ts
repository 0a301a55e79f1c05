/** The whole style of the page. The page loads no font, image or style sheet. */
export const style = `
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--text:#1b2330;--quiet:#57606f;--line:#dde1e7;--link:#1a56b0;
--ok:#17703a;--ok-bg:#e4f4ea;--info:#49525f;--info-bg:#eceff3;--warning:#7d4e00;--warning-bg:#fdf1d6;
--error:#a8200d;--error-bg:#fce8e4;--critical:#fff;--critical-bg:#b3190a}
@media (prefers-color-scheme:dark){:root{--bg:#11151b;--card:#191f28;--text:#e4e8ee;--quiet:#a0a9b7;--line:#2b333f;
--link:#8ab8ff;--ok:#7ddba0;--ok-bg:#12301e;--info:#b5bdc9;--info-bg:#232a34;--warning:#f2c464;--warning-bg:#352a0e;
--error:#ff9d8c;--error-bg:#3a1813;--critical:#fff;--critical-bg:#b3190a}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
overflow-wrap:anywhere}
a{color:var(--link)}a:focus-visible,button:focus-visible,summary:focus-visible,input:focus-visible,select:focus-visible
{outline:3px solid var(--link);outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--card);padding:8px;z-index:2}
header,main,footer{max-width:1120px;margin:0 auto;padding:0 16px}
header{display:flex;flex-wrap:wrap;gap:4px 16px;align-items:baseline;padding-top:14px}
header .name{font-weight:650}header nav{margin-left:auto;display:flex;gap:16px}
h1,h2,h3{line-height:1.25;margin:0}h1{font-size:1.35rem;margin:16px 0 8px}h2{font-size:1.1rem;margin:32px 0 12px}
h3{font-size:1rem;display:flex;flex-wrap:wrap;gap:8px;align-items:center}h3.between{margin:20px 0 12px}
p{margin:6px 0}code{font:.875em/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.quiet,dt,.empty,footer{color:var(--quiet)}
.verdict{margin-top:12px;padding:18px 20px;border-radius:14px;background:var(--info-bg);border:1px solid transparent}
.verdict .sentence{font-size:1.4rem;line-height:1.3;font-weight:650;margin:0}
.verdict .where{font-weight:450}
.verdict .after{display:flex;flex-wrap:wrap;gap:12px;align-items:center;margin:10px 0 0}
.verdict.ok{background:var(--ok-bg)}.verdict.warning{background:var(--warning-bg)}
.verdict.error{background:var(--error-bg)}.verdict.critical{background:var(--critical-bg);color:var(--critical)}
.verdict.critical a{color:#fff}.verdict.critical .quiet{color:#fff}
.verdict.critical .badge{background:#fff;color:#8f1206}
.badge{display:inline-block;font-size:.78rem;font-weight:600;line-height:1.5;padding:0 8px;border-radius:99px;white-space:nowrap}
.badge.ok{color:var(--ok);background:var(--ok-bg)}.badge.info{color:var(--info);background:var(--info-bg)}
.badge.warning{color:var(--warning);background:var(--warning-bg)}.badge.error{color:var(--error);background:var(--error-bg)}
.badge.critical{color:var(--critical);background:var(--critical-bg)}
.verdict .badge{background:var(--card)}
ul.cards,ul.rows,ol.rows,ul.plain{list-style:none;margin:0;padding:0}
ul.cards{display:grid;gap:12px}ul.grid{grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr))}
.card{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--line);border-radius:10px;padding:14px 16px;min-width:0}
.card.ok{border-left-color:var(--ok)}.card.warning{border-left-color:var(--warning)}
.card.error{border-left-color:var(--error)}.card.critical{border-left-color:var(--critical-bg)}
.card .message{white-space:pre-line}
dl{margin:10px 0 0;display:grid;gap:5px}.fact{display:grid;grid-template-columns:7.2rem minmax(0,1fr);gap:10px}
dt{font-size:.9rem}dd{margin:0}
.rows{background:var(--card);border:1px solid var(--line);border-radius:10px}
.row{display:grid;gap:2px 20px;padding:10px 16px;border-top:1px solid var(--line);min-width:0}.row:first-child{border-top:0}
.row.warning{box-shadow:inset 4px 0 var(--warning)}.row.critical{box-shadow:inset 4px 0 var(--critical-bg)}
@media (min-width:760px){.row{grid-template-columns:minmax(0,1.3fr) minmax(0,1fr) minmax(0,1fr)}
.pools .row{grid-template-columns:minmax(0,1.2fr) repeat(3,minmax(0,1fr))}
.timeline .row{grid-template-columns:9rem minmax(0,1fr)}.verdict .sentence{font-size:1.7rem}}
.links,.command{display:flex;flex-wrap:wrap;gap:6px 14px;align-items:center}
.command code{background:var(--info-bg);border-radius:6px;padding:4px 8px;white-space:pre-wrap}
summary{cursor:pointer;color:var(--link)}
button{font:inherit;font-size:.85rem;color:var(--text);background:var(--info-bg);border:1px solid var(--line);border-radius:7px;
padding:3px 12px;min-height:30px;cursor:pointer}
.copy{display:none}.js .copy{display:inline-block}
.filter{display:flex;flex-wrap:wrap;gap:12px;align-items:end;margin:0 0 14px}
.filter input,.filter select{font:inherit;color:var(--text);background:var(--card);border:1px solid var(--line);border-radius:7px;padding:4px 8px;max-width:100%}
.lost{display:none;background:var(--critical-bg);color:#fff;padding:10px 16px;text-align:center;font-weight:600}
.stale .lost{display:block}
svg.spark{width:100%;max-width:160px;height:26px;display:block}
svg.spark polyline{fill:none;stroke:var(--link);stroke-width:1.5;vector-effect:non-scaling-stroke}
footer{padding:28px 16px 36px;font-size:.9rem}
@media (prefers-reduced-motion:no-preference){.js .fresh{animation:fresh 1.2s}}
@keyframes fresh{from{background:var(--info-bg)}}
`;
