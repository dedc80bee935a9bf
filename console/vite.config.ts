// Owns how the console is built: hashed files below dist/console, each beside its brotli and gzip.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

// Whoever starts the build, what is built is what people use.
process.env['NODE_ENV'] = 'production';

const root = import.meta.dirname;
const outDir = path.resolve(root, '../dist/console');

/** Compressed once, at the best that there is, and not for each who asks. */
const precompress: Plugin = {
  name: 'precompress',
  apply: 'build',
  closeBundle() {
    const files = readdirSync(path.join(outDir, 'assets')).filter((file) => /\.(js|css)$/.test(file));
    for (const file of files) {
      const whole = path.join(outDir, 'assets', file);
      const content = readFileSync(whole);
      writeFileSync(`${whole}.br`, brotliCompressSync(content));
      writeFileSync(`${whole}.gz`, gzipSync(content, { level: 9 }));
    }
  },
};

export default defineConfig({
  root,
  // The page says by its <base> where it is: behind a proxy that may be anywhere.
  base: './',
  plugins: [react(), precompress],
  build: {
    outDir,
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
});
