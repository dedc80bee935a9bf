// Owns reading the text format of Prometheus, as far as tests need it.

/** Samples by name and labels as they are written: `agizo_orders_total{outcome="placed"}`. */
export async function scrape(url: string): Promise<Map<string, number>> {
  const text = await (await fetch(url)).text();
  const samples = [...text.matchAll(/^([a-z_:][a-z0-9_:]*(?:\{[^\n]*\})?) (\S+)$/gm)];
  return new Map(samples.map(([, name, value]) => [name ?? '', Number(value)]));
}
