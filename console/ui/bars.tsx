// Owns charts of bars over time, drawn by uPlot in the page's colours, with a table for who doesn't see them.

import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Series {
  label: string;
  values: readonly number[];
  /** The name of a colour among the design tokens. */
  colour: string;
}

interface Props {
  /** Of each bar. */
  labels: readonly string[];
  series: readonly Series[];
  format: (value: number) => string;
  /** What the first column of the table is. */
  what: string;
}

const height = 240;
const labelEveryPx = 70;

export function Bars({ labels, series, format, what }: Props) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const at = place.current;
    if (!at) return undefined;
    let plot: uPlot | undefined;
    const draw = () => {
      plot?.destroy();
      plot = new uPlot(
        optionsOf(at, labels, series, format),
        [labels.map((_, index) => index), ...series.map(({ values }) => [...values])],
        at,
      );
    };
    draw();
    const watch = new ResizeObserver(draw);
    watch.observe(at);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    const theme = new MutationObserver(draw);
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      watch.disconnect();
      theme.disconnect();
      scheme.removeEventListener('change', draw);
      plot?.destroy();
    };
  }, [labels, series, format]);
  return (
    <>
      <div ref={place} className="chart" aria-hidden />
      <table className="visually-hidden">
        <thead>
          <tr>
            <th>{what}</th>
            {series.map(({ label }) => (
              <th key={label}>{label}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {labels.map((label, index) => (
            <tr key={label}>
              <th>{label}</th>
              {series.map(({ label: name, values }) => (
                <td key={name}>{format(values[index] ?? 0)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function optionsOf(
  at: HTMLElement,
  labels: readonly string[],
  series: readonly Series[],
  format: (value: number) => string,
): uPlot.Options {
  // Canvas knows no light-dark(): the colours are what the browser has made of them.
  const colourOf = (token: string) => {
    const probe = document.createElement('i');
    probe.style.color = `var(${token})`;
    at.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
  const width = at.clientWidth;
  const step = Math.max(1, Math.ceil(labels.length / Math.max(1, Math.floor(width / labelEveryPx))));
  const axis = { stroke: colourOf('--quiet'), font: '12px system-ui, sans-serif', ticks: { show: false } };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: [-0.6, labels.length - 0.4] },
      y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] },
    },
    axes: [
      {
        ...axis,
        size: 30,
        grid: { show: false },
        splits: () => labels.flatMap((_, index) => (index % step === 0 ? [index] : [])),
        values: (_, splits) => splits.map((index) => labels[index] ?? ''),
      },
      {
        ...axis,
        size: 72,
        grid: { stroke: colourOf('--line'), width: 1 },
        values: (_, splits) => splits.map(format),
      },
    ],
    series: [
      {},
      ...series.map(({ label, colour }, index) => ({
        label,
        width: 0,
        fill: colourOf(colour),
        points: { show: false },
        paths: uPlot.paths.bars?.({
          size: [series.length > 1 ? 0.38 : 0.7, 40],
          align: series.length > 1 ? (index === 0 ? -1 : 1) : 0,
          radius: 0.15,
        }) as uPlot.Series.PathBuilder,
      })),
    ],
  };
}
