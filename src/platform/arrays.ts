// Owns PostgreSQL arrays as parameters: several times cheaper for a group of orders than the driver's own conversion.

/**
 * A PostgreSQL array of plain values: UUIDs, numbers, booleans, E.164 phone numbers and the like, which need no quoting.
 */
export function arrayOf(values: readonly (string | number | boolean | null)[]): string {
  const text = `{${values.join(',')}}`;
  if (/^[\w{},.+:-]*$/.test(text)) return values.includes(null) ? `{${values.map(String).join(',')}}` : text;
  throw new Error('a value needs quoting: pass an array to the driver instead');
}

const textOid = 25;
const uuidOid = 2950;
const timestamptzOid = 1184;
const headerBytes = 20;
/** Milliseconds from 1970 to 2000, where PostgreSQL counts from. */
const postgresEpochMs = 946_684_800_000;

/** The value of each hexadecimal digit by its character code; 255 for anything else. */
const nibbles = new Uint8Array(128).fill(255);
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16);
  nibbles[digit.charCodeAt(0)] = value;
  nibbles[digit.toUpperCase().charCodeAt(0)] = value;
}

/** A `uuid[]` in binary: half the bytes of text and nothing to parse. @throws for a value that is not a UUID */
export function uuidArray(values: readonly (string | null)[]): Buffer {
  return binaryArray(uuidOid, 16, values, writeUuid);
}

/** A `timestamptz[]` in binary. */
export function timeArray(values: readonly Date[]): Buffer {
  return binaryArray(timestamptzOid, 8, values, (buffer, at, time) => {
    const microseconds = (time.getTime() - postgresEpochMs) * 1_000;
    buffer.writeInt32BE(Math.floor(microseconds / 2 ** 32), at);
    buffer.writeUInt32BE(microseconds >>> 0, at + 4);
  });
}

/** A `text[]` in binary: nothing to quote and nothing to parse. */
export function textArray(values: readonly (string | null)[]): Buffer {
  const bytes = values.reduce((sum, value) => sum + (value === null ? 0 : Buffer.byteLength(value)), 0);
  const buffer = Buffer.allocUnsafe(headerBytes + 4 * values.length + bytes);
  let at = writeHeader(buffer, textOid, values.length);
  for (const value of values) {
    const written = value === null ? 0 : buffer.write(value, at + 4);
    buffer.writeInt32BE(value === null ? -1 : written, at);
    at += 4 + written;
  }
  return buffer;
}

/** One dimension: a header of five integers, then each value behind its length, -1 for null (array_recv in PostgreSQL). */
function binaryArray<T>(
  oid: number,
  bytes: number,
  values: readonly (T | null)[],
  write: (buffer: Buffer, at: number, value: T) => void,
): Buffer {
  const buffer = Buffer.allocUnsafe(headerBytes + values.length * (4 + bytes));
  let at = writeHeader(buffer, oid, values.length);
  for (const value of values) {
    at = buffer.writeInt32BE(value === null ? -1 : bytes, at);
    if (value === null) continue;
    write(buffer, at, value);
    at += bytes;
  }
  return buffer.subarray(0, at);
}

function writeHeader(buffer: Buffer, oid: number, count: number): number {
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(1, 4);
  buffer.writeInt32BE(oid, 8);
  buffer.writeInt32BE(count, 12);
  return buffer.writeInt32BE(1, 16);
}

function writeUuid(buffer: Buffer, at: number, uuid: string): void {
  let seen = 0;
  let character = 0;
  for (let byte = 0; byte < 16; byte++) {
    if (byte === 4 || byte === 6 || byte === 8 || byte === 10) character++;
    const high = nibbles[uuid.charCodeAt(character++)] ?? 255;
    const low = nibbles[uuid.charCodeAt(character++)] ?? 255;
    buffer[at + byte] = (high << 4) | low;
    seen |= high | low;
  }
  if (seen > 15 || uuid.length !== 36) throw new Error(`not a UUID: ${uuid}`);
}
