// The style of the drawing, light and dark. Colours mean the same in both. People with colour blindness can
// distinguish the colours of messages (after Okabe and Ito), and important differences are also differences
// of shape.

const day = `
  --paper: #fcfcfa; --ink: #23272f; --soft: #6b7280; --faint: #d8dade; --follower: #9aa1ab;
  --leader: #15803d; --candidate: #d97706; --append: #1d6fd1; --vote: #c2620a; --pre-vote: #a78416;
  --heartbeat: #b4bac4; --snapshot: #7c3aed; --transfer: #c026d3; --client: #0f8a8a; --bad: #d11a2a;
  --bad-ground: #fdecec; --cut: #d11a2a1a; --half: #d11a2a0d;`

const night = `
  --paper: #14171c; --ink: #e6e8eb; --soft: #9aa3af; --faint: #343a44; --follower: #6f7885;
  --leader: #4ade80; --candidate: #fbbf24; --append: #6cb0ff; --vote: #fb9a3c; --pre-vote: #d8b84a;
  --heartbeat: #56606e; --snapshot: #b794ff; --transfer: #f07cf5; --client: #4fd1c5; --bad: #ff6b6b;
  --bad-ground: #3a1a1d; --cut: #ff6b6b2e; --half: #ff6b6b17;`

/** For a page and for a drawing alone. */
const colours: string = `:root, svg { ${day} }
@media (prefers-color-scheme: dark) { :root, svg { ${night} } }`

const families = ['append', 'vote', 'pre-vote', 'heartbeat', 'snapshot', 'transfer', 'client']

export const style: string = `${colours}
svg { background: var(--paper); font-family: ui-sans-serif, system-ui, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 12px; }
svg text { fill: var(--ink); }
.title { font-size: 17px; font-weight: 650; }
.subtitle { fill: var(--soft); }
.time { fill: var(--soft); font-size: 11px; text-anchor: end; font-variant-numeric: tabular-nums; }
.rule { stroke: var(--faint); stroke-width: 1; stroke-dasharray: 1 4; }
.fold { stroke: var(--soft); stroke-width: 1; fill: none; opacity: .55; }
.fold-text { fill: var(--soft); font-size: 11px; text-anchor: end; font-style: italic; }
.life { stroke-width: 2; }
.follower { stroke: var(--follower); }
.preCandidate { stroke: var(--candidate); stroke-width: 4; stroke-dasharray: 5 3; }
.candidate { stroke: var(--candidate); stroke-width: 5; }
.leader { stroke: var(--leader); stroke-width: 7; }
.down { stroke: var(--faint); stroke-width: 1.5; stroke-dasharray: 1 6; }
.paused { stroke: var(--follower); stroke-width: 6; stroke-dasharray: 2 4; }
.shade.cut-off { fill: var(--cut); }
.shade.half { fill: var(--half); }
.badge { fill: var(--paper); stroke: var(--soft); stroke-width: 1.2; }
.badge-text { font-size: 11px; font-weight: 650; text-anchor: middle; }
.member { fill: var(--ink); }
svg .member-text { fill: var(--paper); font-weight: 650; font-size: 14px; text-anchor: middle; }
.label, .words, .note { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
svg .label.plain { fill: var(--soft); }
svg .label.leader { fill: var(--leader); font-weight: 650; }
svg .label.candidate { fill: var(--candidate); font-weight: 600; }
svg .label.asked { fill: var(--client); }
svg .label.down { fill: var(--bad); font-weight: 600; }
.sign { fill: none; stroke-width: 2.4; stroke-linecap: round; }
.sign.crash { stroke: var(--bad); }
.sign.start { stroke: var(--ink); fill: var(--paper); stroke-width: 2; }
.sign.applied { fill: var(--ink); stroke: none; }
.sign.installed { fill: var(--snapshot); stroke: var(--paper); stroke-width: 1; }
.arrow .reach { stroke: transparent; stroke-width: 9; }
.arrow .shaft { stroke-width: 1.7; }
.arrow.answer .shaft { stroke-width: 1.05; }
.arrow.heartbeat .shaft { stroke-width: 1; }
.arrow.snapshot .shaft { stroke-width: 3; }
.arrow.refusal .shaft { stroke-dasharray: 5 3; }
.arrow.copy .shaft { stroke-dasharray: 2 3; }
.arrow.flying .shaft { stroke-dasharray: 7 5; opacity: .7; }
.arrow.lost .shaft { opacity: .75; }
.arrow .end { stroke: var(--bad); stroke-width: 1.8; fill: none; stroke-linecap: round; }
.arrow.heartbeat .end { opacity: .7; stroke-width: 1.3; }
.words { font-size: 10.5px; text-anchor: middle; }
${families
  .map(
    (name) =>
      `.arrow.${name} .shaft { stroke: var(--${name}); } .arrow.${name} .head { fill: var(--${name}); } svg .arrow.${name} .words { fill: var(--${name}); }`,
  )
  .join('\n')}
svg .culprit { fill: none; stroke: var(--bad); stroke-width: 2.5; }
.arrow:hover .shaft { stroke-width: 4; }
.note-dot { fill: var(--bad); }
.note-line { stroke: var(--bad); stroke-width: 1; stroke-dasharray: 2 4; opacity: .5; }
.note-bar { stroke: var(--bad); stroke-width: 3; opacity: .3; stroke-linecap: round; }
svg .note { fill: var(--bad); }
.violation-line { stroke: var(--bad); stroke-width: 2.5; }
.violation-box { fill: var(--bad-ground); stroke: var(--bad); stroke-width: 1.5; }
svg .violation-name { fill: var(--bad); font-weight: 700; font-size: 15px; }
svg .violation-text { font-size: 13px; }
svg .violation-theorem { fill: var(--soft); }
svg .earlier { fill: var(--soft); font-style: italic; font-size: 11px; }
svg .legend-text { fill: var(--soft); font-size: 11px; }`
