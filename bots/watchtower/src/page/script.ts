/**
 * The script of the page. It keeps ages current, serves the copy buttons, and replaces sections that changed.
 * Without it the page shows the same facts and reloads itself.
 */
export const script = `
(()=>{
const root=document.documentElement,body=document.body;
root.classList.add('js');
const units=[[86400,'d'],[3600,'h'],[60,'min'],[1,'s']];
const span=ms=>{let s=Math.max(Math.round(Math.abs(ms)/1000),0);const parts=[];
for(const [size,unit] of units){const n=Math.floor(s/size);if(n>0)parts.push(n+' '+unit);s-=n*size;
if(parts.length===2||(parts.length===1&&size<=60))break}return parts.join(' ')||'0 s'};
const ahead=Date.parse(body.dataset.now)-Date.now();
let heard=Date.now();
const put=(e,text)=>{if(e.textContent!==text)e.textContent=text};
const tick=()=>{const now=Date.now()+ahead;
for(const e of document.querySelectorAll('time[data-age]')){const text=span(now-Date.parse(e.dateTime));
put(e,e.dataset.age==='bare'?text:text+' ago')}
for(const e of document.querySelectorAll('time[data-until]')){const ms=Date.parse(e.dateTime)-now;
put(e,ms>=0?'in '+span(ms):ms>-60000?'now':span(ms)+' overdue')}
if(body.dataset.live)root.classList.toggle('stale',Date.now()-heard>Number(body.dataset.patience))};
setInterval(tick,1000);tick();
const copy=async text=>{if(navigator.clipboard)return navigator.clipboard.writeText(text);
const area=document.createElement('textarea');area.value=text;body.append(area);area.select();document.execCommand('copy');area.remove()};
document.addEventListener('click',event=>{const button=event.target.closest('button[data-copy]');if(!button)return;
copy(button.dataset.copy).then(()=>{button.textContent='Copied';setTimeout(()=>{button.textContent='Copy'},2000)},()=>{button.textContent='Select and copy'})});
if(!body.dataset.live){setInterval(()=>fetch(location.href).then(r=>r.ok?r.text():Promise.reject(r.status)).then(text=>{
const page=new DOMParser().parseFromString(text,'text/html');const place=document.getElementById('content');
if(place.contains(document.activeElement))return;place.innerHTML=page.getElementById('content').innerHTML;
document.getElementById('updated').dateTime=page.getElementById('updated').dateTime;tick()}).catch(()=>undefined),15000);return}
const source=new EventSource('/api/events?as=html&since='+body.dataset.now);
source.addEventListener('beat',event=>{heard=Date.now();const e=document.getElementById('updated');if(e)e.dateTime=event.data});
source.addEventListener('section',event=>{heard=Date.now();const {section,html}=JSON.parse(event.data);
const place=document.getElementById(section);if(!place)return;
const keyOf=e=>e.closest('[data-key]')?.dataset.key;
const open=new Set([...place.querySelectorAll('details')].filter(d=>d.open).map(keyOf));
const focusable=e=>[...e.querySelectorAll('a,button,summary,input,select')];
const at=document.activeElement,within=place.contains(at)?at.closest('[data-key]')||place:null;
const active=within?focusable(within).indexOf(at):-1,key=within?.dataset.key;
place.innerHTML=html;
for(const d of place.querySelectorAll('details'))d.open=open.has(keyOf(d));
if(active>=0)focusable(key===undefined?place:[...place.querySelectorAll('[data-key]')].find(e=>e.dataset.key===key)||document.createElement('p'))[active]?.focus();
tick()});
source.addEventListener('version',event=>{if(event.data!==body.dataset.version)location.reload()});
})();
`;
