import { byId, make, setText } from './elements';
import { formatCompact, formatCount, formatTime } from './model/format';
import { rangeFromZero, rangeOfGrowth } from './model/scale';
import { Timeline, TIMELINE_MS } from './model/timeline';
import uPlot from './uplot';

/** The steps of the time axis, from a second to the ten minutes of the whole timeline. */
const TIME_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600];

type Range = (minimum: number | null, maximum: number | null) => [number, number];

/** The total of bets and their rate over time: two plots, and the same as a table. */
export class PlotsView {
  readonly #bets: Plot;
  readonly #rate: Plot;
  readonly #minutes = byId('minutes', HTMLDetailsElement);
  readonly #minuteRows = byId('minute-rows', HTMLTableSectionElement);
  #timeline: Timeline | undefined;
  #spanMs = TIMELINE_MS;

  constructor() {
    this.#bets = new Plot('bets', '--first', rangeOfGrowth);
    this.#rate = new Plot('rate', '--second', (_, maximum) => rangeFromZero(maximum));
    const buttons = [...document.querySelectorAll<HTMLButtonElement>('[data-span-ms]')];
    for (const button of buttons) {
      button.addEventListener('click', () => {
        for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
        this.#spanMs = Number(button.dataset['spanMs']);
        this.#draw();
      });
    }
    this.#minutes.addEventListener('toggle', () => this.#draw());
  }

  update(timeline: Timeline): void {
    this.#timeline = timeline;
    this.#draw();
  }

  #draw(): void {
    if (this.#timeline === undefined) return;
    const { seconds, bets, betsPerSecond, from, until } = this.#timeline.plot(this.#spanMs);
    this.#bets.show([seconds, bets], from, until);
    this.#rate.show([seconds, betsPerSecond], from, until);
    if (this.#minutes.open) this.#drawMinutes(this.#timeline);
  }

  #drawMinutes(timeline: Timeline): void {
    const rows = timeline.minutes().map(({ untilMs, bets, betsPerSecond }) => {
      const row = make('tr');
      const time = make('th');
      time.scope = 'row';
      time.textContent = formatTime(untilMs);
      const cells = [bets, betsPerSecond].map((value) => {
        const cell = make('td', 'number');
        cell.textContent = formatCount(value);
        return cell;
      });
      row.append(time, ...cells);
      return row;
    });
    this.#minuteRows.replaceChildren(...rows);
  }
}

/** One plot of one line. */
class Plot {
  readonly #holder: HTMLElement;
  readonly #reading: HTMLElement;
  readonly #colour: string;
  readonly #range: Range;
  #plot: uPlot | undefined;
  #data: [number[], number[]] = [[], []];
  #from = 0;
  #until = 1;

  /** @param name of the elements in the page @param colour the CSS property with the line's colour */
  constructor(name: string, colour: string, range: Range) {
    this.#holder = byId(`${name}-plot`, HTMLElement);
    this.#reading = byId(`${name}-reading`, HTMLElement);
    this.#colour = colour;
    this.#range = range;
    new ResizeObserver(() => this.#resize()).observe(this.#holder);
    // The canvas takes its colours from the page's style.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#make());
  }

  show(data: [number[], number[]], from: number, until: number): void {
    this.#data = data;
    this.#from = from;
    this.#until = until;
    if (this.#plot === undefined) this.#make();
    else this.#plot.setData(data);
    this.#describe();
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#holder;
    if (this.#plot !== undefined && width > 0) this.#plot.setSize({ width, height });
  }

  #make(): void {
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#options(), this.#data, this.#holder);
  }

  #options(): uPlot.Options {
    const style = getComputedStyle(this.#holder);
    const colour = style.getPropertyValue(this.#colour);
    // The library scales fonts for high-density screens, but only by whole numbers.
    const fontPixels = Math.round(Number.parseFloat(style.fontSize));
    const axis: uPlot.Axis = {
      stroke: style.getPropertyValue('--muted'),
      font: `${fontPixels}px ${style.fontFamily}`,
      grid: { stroke: style.getPropertyValue('--line'), width: 1 },
      ticks: { show: false },
    };
    return {
      width: this.#holder.clientWidth,
      height: this.#holder.clientHeight,
      padding: [fontPixels / 2, fontPixels * 2, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: 'time' }, points: { size: 7 } },
      scales: {
        x: { range: () => [this.#from, this.#until] },
        y: { range: (_, minimum, maximum) => this.#range(minimum, maximum) },
      },
      axes: [
        {
          ...axis,
          incrs: TIME_STEPS_S,
          space: fontPixels * 6,
          size: fontPixels * 2.5,
          gap: fontPixels * 0.8,
          values: (_, splits) => splits.map((second) => formatTime(second * 1_000)),
        },
        {
          ...axis,
          space: (...[, , , , heightPixels]) => Math.max(fontPixels * 2.5, heightPixels / 7),
          size: fontPixels * 4,
          values: (_, splits) => splits.map(formatCompact),
        },
      ],
      series: [{}, { stroke: colour, width: fontPixels / 7, fill: `${colour}22`, points: { show: false } }],
      hooks: { setCursor: [() => this.#read()] },
    };
  }

  /** Shows the values under the pointer. */
  #read(): void {
    const index = this.#plot?.cursor.idx;
    const [seconds, values] = this.#data;
    const second = typeof index === 'number' ? seconds[index] : undefined;
    const value = typeof index === 'number' ? values[index] : undefined;
    const isRead = second !== undefined && value !== undefined;
    setText(this.#reading, isRead ? `${formatCount(value)} at ${formatTime(second * 1_000)}` : '');
  }

  /** Describes the line in words, for screen readers. */
  #describe(): void {
    const values = this.#data[1];
    const most = formatCount(values.reduce((one, other) => Math.max(one, other), 0));
    const [first, last] = [values[0] ?? 0, values.at(-1) ?? 0].map(formatCount);
    const minutes = Math.round((this.#until - this.#from) / 60);
    const caption = this.#holder.previousElementSibling?.firstChild?.textContent?.trim() ?? '';
    this.#holder.setAttribute(
      'aria-label',
      `${caption}, last ${minutes} min: from ${first ?? ''} to ${last ?? ''}, at most ${most}`,
    );
  }
}
