// Owns what comes before main.ts, in what any Node can read: that it is one that main.ts can be read by, and the speed of a start.

import module from 'node:module';
import path from 'node:path';

const oldest = 24;

// On Linux and Windows it comes with the packages. Where it doesn't, Node itself would only say that it can't read a file.
if (Number.parseInt(process.versions.node, 10) < oldest) {
  process.stderr.write(
    `Agizo runs on Node ${oldest} or newer, and this is Node ${process.versions.node}: install it.\n`,
  );
  process.exit(1);
}

// Keeps compiled code between starts, which halves the start and saves 20 MB.
module.enableCompileCache(path.resolve(import.meta.dirname, '../node_modules/.cache/agizo'));
