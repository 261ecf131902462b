// How the report looks: light or dark as the reader likes it, and black on white on paper.
#ifndef PLEDGER_CLIENT_CLI_REPORT_PAGE_STYLE_H_
#define PLEDGER_CLIENT_CLI_REPORT_PAGE_STYLE_H_

namespace pledger::client {

inline constexpr char kPageStyle[] = R"css(
:root{color-scheme:light dark;--paper:#fbfaf8;--card:#fff;--text:#1d2026;--muted:#666d78;
--hair:#e3e1dc;--grid:#d9d6cf;--track:#f1efea;--ink1:#2f4bb8;--ink2:#9a5b13;
--good:#23875a;--fair:#b98412;--poor:#c23b3b;--a:#23875a;--b:#6d9f3c;--c:#c79a1b;--d:#d8702c;
--e:#c23b3b;--zone:.10;--on:#fff}
@media (prefers-color-scheme:dark){:root{--paper:#14161a;--card:#1b1e24;--text:#e8e6e1;
--muted:#9aa1ac;--hair:#2c3038;--grid:#363b45;--track:#252932;--ink1:#8fa5ff;--ink2:#e0a45c;
--good:#4cc38a;--fair:#e0b13d;--poor:#f07070;--a:#4cc38a;--b:#9ccc65;--c:#e0b13d;--d:#f0965a;
--e:#f07070;--zone:.13;--on:#14161a}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--text);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:56rem;margin:0 auto;padding:2.2rem 1.4rem 3rem}
h1,h2,h3,p{margin:0}
h1{font-size:2rem;line-height:1.15;letter-spacing:-.02em;overflow-wrap:anywhere}
h2{font-size:1.05rem;letter-spacing:-.01em;margin-bottom:.7rem}
h3{font-size:.95rem}
.kicker{color:var(--muted);font-size:.78rem;letter-spacing:.08em;text-transform:uppercase}
header{display:flex;gap:1.5rem;align-items:center;justify-content:space-between;
margin-bottom:1.4rem}
header .who{min-width:0}
.sub{color:var(--muted);margin-top:.35rem}
.verdict{display:flex;align-items:center;gap:1rem;flex:none}
.verdict .score{font-size:2.7rem;font-weight:650;line-height:1;letter-spacing:-.03em;
font-variant-numeric:tabular-nums;text-align:right}
.verdict .sub{font-size:.85rem;text-align:right}
.badge{width:4.4rem;height:4.4rem;border-radius:1.1rem;display:grid;place-items:center;
font-size:2.5rem;font-weight:700;color:var(--on);background:var(--muted)}
.badge.a{background:var(--a)}.badge.b{background:var(--b)}.badge.c{background:var(--c)}
.badge.d{background:var(--d)}.badge.e{background:var(--e)}
section{background:var(--card);border:1px solid var(--hair);border-radius:.8rem;
padding:1.1rem 1.25rem;margin-top:1rem}
.note{color:var(--muted);font-size:.85rem}
.item{padding:.65rem 0;border-top:1px solid var(--hair)}
.item:first-of-type{border-top:0;padding-top:0}
.note+.item{border-top:0;padding-top:.65rem}
.item+.note{margin-top:.4rem}
svg+.note{margin-top:.5rem}
.item p{margin-top:.2rem}
.chip{display:inline-block;font-size:.72rem;font-weight:600;letter-spacing:.03em;
padding:.08rem .5rem;border-radius:1rem;border:1px solid currentColor;margin-left:.5rem;
vertical-align:.1em}
.chip.good{color:var(--good)}.chip.fair{color:var(--fair)}.chip.poor{color:var(--poor)}
.facts{color:var(--muted);font-size:.82rem}
a{color:inherit;text-decoration-color:var(--grid);text-underline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.88rem}
th{text-align:left;color:var(--muted);font-weight:500;font-size:.78rem}
th,td{padding:.32rem .7rem .32rem 0;border-bottom:1px solid var(--hair);vertical-align:top;
overflow-wrap:break-word}
tr:last-child td{border-bottom:0}
.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
tr:target{background:var(--track)}
.facts-table td:nth-child(-n+3){white-space:nowrap}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.35rem 1rem;margin:0}
dt{color:var(--muted)}dd{margin:0}
blockquote{margin:.3rem 0 0 0;padding-left:.8rem;border-left:3px solid var(--grid)}
svg{display:block;width:100%;height:auto;overflow:visible}
svg+h3,.gap{margin-top:1rem}
svg text{font-size:12px;fill:var(--text);font-variant-numeric:tabular-nums}
svg .axis{fill:var(--muted)}svg .faint{font-style:italic}
svg .end{text-anchor:end}svg .middle{text-anchor:middle}
svg .value{font-weight:600}svg .label{font-weight:600;font-size:13px}
svg .text-1{fill:var(--ink1)}svg .text-2{fill:var(--ink2)}
svg .grid{stroke:var(--grid);stroke-width:1;stroke-dasharray:2 4}
svg .tick{stroke:var(--muted);stroke-width:1}
svg .zone{opacity:var(--zone)}svg .zone-label{font-weight:700;fill:var(--muted);opacity:.7}
svg .band-a{fill:var(--a)}svg .band-b{fill:var(--b)}svg .band-c{fill:var(--c)}
svg .band-d{fill:var(--d)}svg .band-e{fill:var(--e)}
svg .line{fill:none;stroke-width:2.2;stroke-linejoin:round;stroke-linecap:round}
svg .line.ink-1{stroke:var(--ink1)}svg .line.ink-2{stroke:var(--ink2)}
svg .haze{opacity:.14}svg .haze.ink-1{fill:var(--ink1)}svg .haze.ink-2{fill:var(--ink2)}
svg .track{fill:var(--track);rx:4px}svg .bar{rx:4px}
svg .bar.good,svg .dot.good,svg .month.good{fill:var(--good)}
svg .bar.fair,svg .dot.fair,svg .month.fair{fill:var(--fair)}
svg .bar.poor,svg .dot.poor,svg .month.poor{fill:var(--poor)}
svg .bar.plain{fill:var(--ink1)}
svg .span{stroke-width:5;stroke-linecap:round;opacity:.35}
svg .span.good{stroke:var(--good)}svg .span.fair{stroke:var(--fair)}
svg .span.poor{stroke:var(--poor)}
svg .recent{fill:none;stroke:var(--text);stroke-width:1.6}
svg .lifetime{stroke:var(--text);stroke-width:1.6}
svg .month{rx:5px}svg .month.nothing{fill:var(--track)}
svg .month-label{fill:var(--on);font-weight:600}svg .month-nothing{fill:var(--muted)}
footer{color:var(--muted);font-size:.82rem;margin-top:1.4rem}
@media (max-width:40rem){header{flex-direction:column;align-items:flex-start}}
@page{size:A4;margin:14mm}
@media print{:root{color-scheme:light;--paper:#fff;--card:#fff;--text:#111;--muted:#555;
--hair:#ddd;--grid:#ccc;--track:#f0f0f0;--ink1:#2f4bb8;--ink2:#9a5b13;--good:#23875a;
--fair:#b98412;--poor:#c23b3b;--a:#23875a;--b:#6d9f3c;--c:#c79a1b;--d:#d8702c;--e:#c23b3b;
--zone:.10;--on:#fff}
body{font-size:10.5pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main{max-width:none;padding:0}
section,.item,tr,svg{break-inside:avoid}section.long{break-inside:auto}
h2,h3{break-after:avoid}section{border-radius:0;border-width:1px 0 0;padding:.8rem 0}}
)css";

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_REPORT_PAGE_STYLE_H_
