import { millions, ThroughputFigures } from './throughput_table';

const WIDTH = 860;
const NAME_WIDTH = 190;
const VALUE_WIDTH = 130;
const BAR_HEIGHT = 22;
const BAR_GAP = 6;
const GROUP_GAP = 44;
const TOP = 56;
const COLOURS = ['#1f6feb', '#8c959f', '#bf8700', '#8250df', '#cf222e', '#1a7f37', '#0a7ea4', '#953800'];

/** Draws bets a second as bars, a group for each batch size; the thin line spans the least and the most. */
export function throughputPlot(figures: readonly ThroughputFigures[], title: string): string {
  const most = Math.max(...figures.map(({ betsPerSecond }) => betsPerSecond.max));
  const names = [...new Set(figures.map(({ contestant }) => contestant))];
  const scale = (WIDTH - NAME_WIDTH - VALUE_WIDTH) / most;
  const parts: string[] = [];
  let y = TOP;
  for (const betCount of new Set(figures.map((figure) => figure.betCount))) {
    parts.push(text(0, y, `batches of ${betCount} bets`, 'group'));
    y += 12;
    for (const figure of figures.filter((one) => one.betCount === betCount)) {
      parts.push(bar(figure, y, scale, COLOURS[names.indexOf(figure.contestant) % COLOURS.length]!));
      y += BAR_HEIGHT + BAR_GAP;
    }
    y += GROUP_GAP - BAR_GAP;
  }
  const height = y - GROUP_GAP + 24;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">
<style>
  text { font: 13px sans-serif; fill: #1f2328 } .group { font-weight: bold } .title { font-size: 17px; font-weight: bold }
  line { stroke: #1f2328 } .page { fill: #fff }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } line { stroke: #e6edf3 } .page { fill: #0d1117 } }
</style>
<rect class="page" width="${WIDTH}" height="${height}"/>
${text(0, 24, title, 'title')}
${parts.join('\n')}
</svg>
`;
}

function bar(figure: ThroughputFigures, y: number, scale: number, colour: string): string {
  const { min, median, max } = figure.betsPerSecond;
  const middle = y + BAR_HEIGHT / 2;
  const at = (value: number): string => (NAME_WIDTH + value * scale).toFixed(1);
  const share = Number.isNaN(figure.shareOfYardstick) ? '' : ` (${figure.shareOfYardstick.toFixed(2)})`;
  return [
    text(12, middle + 5, figure.contestant),
    `<rect x="${NAME_WIDTH}" y="${y}" width="${(median * scale).toFixed(1)}" height="${BAR_HEIGHT}" fill="${colour}"/>`,
    `<line x1="${at(min)}" x2="${at(max)}" y1="${middle}" y2="${middle}"/>`,
    text(NAME_WIDTH + max * scale + 8, middle + 5, `${millions(median)}${share}`),
  ].join('\n');
}

function text(x: number, y: number, content: string, kind = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y}" class="${kind}">${content}</text>`;
}
