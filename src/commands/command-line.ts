// Owns the command line: every command by name, reading its arguments, and the help.

import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type Arguments, type Command, type ExitCode, type Host, WrongUsage } from './command.ts';

// Code is loaded with the command that needs it: help and version answer at once.
const serve: Command = {
  name: 'serve',
  summary: 'Serve the API and send messages; what happens when no command is given',
  description: `Applies pending migrations, then serves HTTP on PORT and does the background work, until
Ctrl-C or SIGTERM. ROLE=api leaves the background work to processes started with
"agizo worker". Outside production it brings its own PostgreSQL and a sandbox for the
outside world, so that nothing has to be set.`,
  isService: true,
  run: async (host) => (await import('./serve.ts')).serve(host),
};

const worker: Command = {
  name: 'worker',
  summary: 'Only do the background work: send messages',
  description: `The same as ROLE=worker agizo serve. Any number may run. It doesn't migrate: it ends with
exit code 1 while the database is not at this release's schema. Outside production its world
is the sandbox of the API's process, at PUBLIC_URL, and at SANDBOX_SMTP_PORT for mail.`,
  isService: true,
  run: async (host) => (await import('./serve.ts')).serve(host, 'worker'),
};

const migrate: Command = {
  name: 'migrate',
  summary: "Bring the database up to this release's schema",
  description: `Applies pending migrations, each in a transaction of its own, and says which; exit code 0
also when there was nothing to do. Several may run at once. Run it before a roll-out, so
that the new release finds its schema. In production it needs DATABASE_URL and no other setting.`,
  run: async (host) => (await import('./migrate.ts')).migrateCommand(host),
};

const token: Command = {
  name: 'token',
  summary: 'Print an access token of the sandbox',
  operands: '[USER]',
  description: `Signs in at the sandbox of the service that is running on PORT, and prints the token and
nothing else. USER is any name (default: wanjiku), "staff" for every permission, or
"machine" for a client's token. Refused in production, where tokens come from the issuer.

  curl localhost:8000/api/v1/orders/ -H "Authorization: Bearer $(npm run -s agizo -- token)"`,
  run: async (host, given) => (await import('./token.ts')).tokenCommand(host, given.positionals),
};

const seed: Command = {
  name: 'seed',
  summary: 'Fill the catalogue, for trying',
  description: `Without options it loads the demonstration catalogue into a database that has no category
yet, as the first start does. With a number it adds that many made-up products: the same
ones each time, so that a larger number later adds the rest. Refused in production.`,
  options: {
    products: { type: 'string', value: 'N', about: 'Up to 1000000; 100 for each category when not given' },
    categories: { type: 'string', value: 'N', about: 'In a tree, up to 100000; one for 100 products when not given' },
  },
  run: async (host, given) => (await import('./seed.ts')).seedCommand(host, given),
};

const importProducts: Command = {
  name: 'import products',
  summary: 'Add and change products from a CSV file',
  operands: 'FILE.csv',
  description: `The first line names the columns, in any order:

  sku           the shop's own number, at most 64 characters: says which product is meant
  name          at most 200 characters
  category      a path such as Kitchen > Mugs; what is not there yet is created
  price         such as 1450 or 19.99, in the currency of the store; KES 20, 20/=, 1,450.00 and
                10,50 are understood; 1,450 can be two amounts and is refused
  stock         a whole number; empty when it is not counted
  stock_was     the stock that was seen when the file was written: the row is refused when it is
                another now, since the new one would put back what was sold meanwhile
  description   at most 10000 characters

Only sku must be there. A product with that SKU is changed in what the file says of it, so
that a file of sku and stock is a stock-take; a SKU that is new needs name, category and
price. Rows are written in batches of 500. A row that is not right is reported with its
line, and changes nothing; the others are imported, and the exit code is 1. Importing the
same file again changes nothing.

The file is UTF-8, UTF-16 with its mark, or what --encoding says; commas, semicolons, tabs or
what a first line such as sep=; says stand between fields. - is standard input.

  agizo import products products.csv --dry-run`,
  options: {
    'dry-run': { type: 'boolean', about: 'Only say what would come of it' },
    encoding: { type: 'string', value: 'NAME', about: 'Such as windows-1252, which older spreadsheets write' },
  },
  run: async (host, given) => (await import('./import-products.ts')).importProductsCommand(host, given),
};

const doctor: Command = {
  name: 'doctor',
  summary: 'Check the settings and everything they point at',
  description: `Looks at the database, the token issuer, the SMS account, the mail server, PUBLIC_URL, the
clock and the disk, and says what is wrong and how to mend it. Nothing is sent and nothing
is changed. Exit code 1 when a check failed; what is only to look at doesn't count.`,
  run: async (host) => (await import('./doctor.ts')).doctorCommand(host),
};

export const commands: readonly Command[] = [serve, worker, migrate, seed, importProducts, token, doctor];

const general: ParseArgsConfig['options'] = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'V' },
};

/** What the arguments say to do. */
export interface Task {
  /** It goes on until it is told to stop, and then has done what it should. */
  isService: boolean;
  run(host: Host): Promise<ExitCode>;
}

/**
 * @param version of the product
 * @throws WrongUsage
 */
export function readCommandLine(args: string[], version: string): Task {
  if (args[0] === 'help') return readCommandLine([...args.slice(1), '--help'], version);
  const command = findCommand(args);
  const rest = command ? args.slice(command.name.split(' ').length) : args;
  const chosen = command ?? serve;
  const given = read(rest, chosen);
  if (given.values['version']) return printing(`${version}\n`);
  if (given.values['help']) return printing(command ? helpFor(command) : help(version));
  return { isService: chosen.isService ?? false, run: (host) => chosen.run(host, given) };
}

const printing = (text: string): Task => ({
  isService: false,
  async run(host) {
    host.print(text);
    return 0;
  },
});

function findCommand(args: string[]): Command | undefined {
  const [first, second] = args;
  if (first === undefined || first.startsWith('-')) return undefined;
  const found = commands.find((each) => each.name === first || each.name === `${first} ${second ?? ''}`);
  if (found) return found;
  const begun = commands.find((each) => each.name.startsWith(`${first} `));
  if (begun) throw new WrongUsage(`"agizo ${first}" needs to know what: "agizo ${begun.name}".\n${pointer(begun)}`);
  throw new WrongUsage(`There is no command "${first}".\n${pointer()}`);
}

function read(args: string[], command: Command): Arguments {
  try {
    const own = Object.entries(command.options ?? {}).map(([name, { type }]) => [name, { type }] as const);
    const options = { ...general, ...Object.fromEntries(own) };
    const { values, positionals } = parseArgs({ args, options, allowPositionals: command.operands !== undefined });
    return { values, positionals };
  } catch (error) {
    const reason = (error as Error).message.split('. ')[0] ?? '';
    throw new WrongUsage(`${reason.replace(/\.?$/, '.')}\n${pointer(command)}`, { cause: error });
  }
}

const pointer = (command?: Command): string => `See agizo ${command ? `${command.name} ` : ''}--help.`;

const row = (left: string, right: string): string => `  ${left.padEnd(18)}${right}`;

const help = (
  version: string,
): string => `agizo ${version}: order processing for shops whose customers live on their phones.

Usage: agizo [COMMAND] [OPTIONS]

Commands
${commands.map(({ name, summary }) => row(name, summary)).join('\n')}

Options
${row('-h, --help', 'This help; "agizo COMMAND --help" tells all about one command')}
${row('-V, --version', 'The version')}

Settings come from the environment and from .env in the current folder; README.md lists them.
In a clone of the repository "npm run agizo -- COMMAND" is the same as "agizo COMMAND".

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
`;

function helpFor({ name, summary, operands, description, options }: Command): string {
  const rows = Object.entries(options ?? {}).map(([option, { value, about }]) =>
    row(`--${option}${value ? ` ${value}` : ''}`, about),
  );
  return `${summary}.

Usage: agizo ${[name, operands, rows.length > 0 ? '[OPTIONS]' : undefined].filter(Boolean).join(' ')}

${description}
${rows.length > 0 ? `\nOptions\n${rows.join('\n')}\n` : ''}`;
}
