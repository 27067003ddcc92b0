//! The style of all pages. Colours are those of M. Okabe and K. Ito, which people with any colour vision can distinguish; darker or
//! lighter where the background needs it.

/// The style sheet. `tone-0` to `tone-7` are the colours of curves and dots, set as `color`; drawings use `currentColor`.
pub(super) const STYLE: &str = "
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1b1b1b; --quiet: #595959; --line: #c8c8c8; --soft: #f2f2f2;
  --link: #005a9c; --notice: #fff4d6;
  --tone-0: #0072b2; --tone-1: #c85200; --tone-2: #00795a; --tone-3: #a84a80; --tone-4: #a87200; --tone-5: #2b86bd;
  --tone-6: #6f6a00; --tone-7: #1b1b1b; }
@media (prefers-color-scheme: dark) { :root { --paper: #161616; --ink: #ececec; --quiet: #a8a8a8; --line: #4a4a4a;
  --soft: #242424; --link: #7cc4f5; --notice: #3a3118;
  --tone-0: #4aa3df; --tone-1: #f0803c; --tone-2: #2fc79b; --tone-3: #e09cc4; --tone-4: #e69f00; --tone-5: #a5dcff;
  --tone-6: #f0e442; --tone-7: #ececec; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 76rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .3rem 0; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; padding-top: .4rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.02rem; margin: 1.3rem 0 .4rem; }
p, ul, ol { margin: .5rem 0; max-width: 48rem; }
a { color: var(--link); }
a:focus-visible, [tabindex]:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.quiet, figcaption, .caption { color: var(--quiet); }
.lead { font-size: 1.12rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; padding: 0; list-style: none; max-width: none; }
.notice { background: var(--notice); border-left: 4px solid var(--tone-4); padding: .5rem .8rem; margin: .8rem 0; max-width: 50rem; }
.notice p { margin: .25rem 0; }
.wide { overflow-x: auto; max-width: 100%; overflow-wrap: normal; }
table { border-collapse: collapse; margin: .5rem 0; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
th:first-child, table.text th, table.text td { text-align: left; }
thead th { color: var(--quiet); font-weight: 600; }
tbody th { font-weight: 500; }
table.text td { overflow-wrap: break-word; min-width: 6.5rem; }
.cells td { position: relative; min-width: 5.2rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: .15rem 1.5rem; margin: .5rem 0; }
.facts div { display: flex; gap: .6rem; border-bottom: 1px solid var(--line); padding: .15rem 0; }
.facts dt { color: var(--quiet); flex: 0 0 9rem; } .facts dd { margin: 0; min-width: 0; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: .9rem; margin: .6rem 0; }
.gallery.small { grid-template-columns: repeat(auto-fill, minmax(min(46%, 9rem), 1fr)); }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1rem 1.6rem; align-items: start; }
figure { margin: 0; min-width: 0; } figcaption { font-size: .86rem; line-height: 1.35; margin-top: .2rem; }
figure:target, tr:target, li:target { outline: 3px solid var(--tone-1); outline-offset: 3px; }
img { display: block; max-width: 100%; height: auto; border-radius: 2px; }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; padding: 0; list-style: none; font-size: .88rem; max-width: none; }
.key li { display: flex; align-items: center; gap: .4rem; }
.swatch { width: .9rem; height: .9rem; border: 1px solid var(--quiet); display: inline-block; flex: none; }
svg { display: block; width: 100%; max-width: 36rem; height: auto; overflow: visible; }
svg text { fill: var(--quiet); font: 11px system-ui, sans-serif; }
svg .axis { stroke: var(--line); stroke-width: 1; fill: none; }
svg .curve { stroke: currentColor; stroke-width: 1.8; fill: none; stroke-linejoin: round; }
svg .dashed { stroke-dasharray: 5 3; } svg .dotted { stroke-dasharray: 1.5 3; stroke-linecap: round; }
svg .dot { fill: currentColor; fill-opacity: .75; } svg a { color: inherit; } svg a:hover .dot, svg a:focus .dot { fill-opacity: 1; stroke: var(--ink); stroke-width: 1.5; }
svg .band { fill: currentColor; fill-opacity: .22; } svg .mean { stroke: currentColor; stroke-width: 2; }
svg .bar { fill: currentColor; fill-opacity: .8; }
.curves { display: flex; flex-wrap: wrap; gap: .1rem 1rem; padding: 0; margin: .1rem 0; list-style: none; font-size: .86rem; }
.curves li { display: flex; align-items: center; gap: .35rem; } .curves svg { width: 26px; height: 10px; flex: none; }
.tone-0 { color: var(--tone-0); } .tone-1 { color: var(--tone-1); } .tone-2 { color: var(--tone-2); } .tone-3 { color: var(--tone-3); }
.tone-4 { color: var(--tone-4); } .tone-5 { color: var(--tone-5); } .tone-6 { color: var(--tone-6); } .tone-7 { color: var(--tone-7); }
.curves span { color: var(--ink); }
details { margin: .6rem 0; } summary { cursor: pointer; color: var(--link); }
pre { background: var(--soft); padding: .6rem .8rem; overflow-x: auto; font-size: .85rem; overflow-wrap: normal; }
code { font-family: ui-monospace, monospace; font-size: .92em; }
@media print { body { max-width: none; } section { break-inside: avoid-page; } nav { display: none; } }
";
