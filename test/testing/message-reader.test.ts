import { describe, expect, it } from 'vitest';
import { MessageReader } from '../../src/testing/message-reader.js';
import { client, server } from './wire.js';

/** The types of the messages that a reader finds in chunks, with where each began. */
function typesIn(reader: MessageReader, chunks: readonly Buffer[]): [type: string, chunk: number, start: number][] {
  return chunks.flatMap((chunk, index) =>
    [...reader.read(chunk)].map(({ type, start }) => [type, index, start] as [string, number, number]),
  );
}

const replies = [server.row(), server.complete('SELECT 1'), server.ready()];
const bytes = Buffer.concat(replies);

describe('a message reader', () => {
  it('finds several messages in one chunk', () => {
    const [row, complete] = replies.map(({ length }) => length) as [number, number];
    expect(typesIn(new MessageReader(true), [bytes])).toEqual([
      ['D', 0, 0],
      ['C', 0, row],
      ['Z', 0, row + complete],
    ]);
  });

  it.each(Array.from({ length: bytes.length - 1 }, (_, index) => index + 1))('finds the same messages when split at byte %i', (at) => {
    const found = typesIn(new MessageReader(true), [bytes.subarray(0, at), bytes.subarray(at)]);
    expect(found.map(([type]) => type)).toEqual(['D', 'C', 'Z']);
    let end = 0;
    for (const [index, { length }] of replies.entries()) {
      const start = end;
      end += length;
      const inFirst = end <= at;
      expect(found[index]).toEqual([expect.any(String), inFirst ? 0 : 1, inFirst ? start : Math.max(0, start - at)]);
    }
  });

  it('finds them when each byte comes alone', () => {
    const found = typesIn(
      new MessageReader(true),
      [...bytes].map((byte) => Buffer.from([byte])),
    );
    expect(found.map(([type]) => type)).toEqual(['D', 'C', 'Z']);
  });

  it('keeps the beginning of a long message and says so', () => {
    const [long, short] = new MessageReader(true).read(Buffer.concat([server.row(5000), server.complete('COMMIT')]));
    expect(long).toMatchObject({ type: 'D', whole: false, body: Buffer.alloc(1024, 'C') });
    expect(short).toMatchObject({ type: 'C', whole: true, body: Buffer.from('COMMIT\0') });
  });

  it('reads messages without a letter until it is told of letters', () => {
    const reader = new MessageReader(false);
    const found: string[] = [];
    for (const { type } of reader.read(Buffer.concat([client.requestTls(), client.startup(), client.password(), client.sync()]))) {
      found.push(type);
      if (found.length === 2) reader.expectTypes();
    }
    expect(found).toEqual(['', '', 'p', 'S']);
    expect(reader.broken).toBe(false);
  });

  it.each([
    ['a TLS handshake', false, Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00])],
    ['another protocol', false, Buffer.from('GET / HTTP/1.1')],
    ['a length that is none', true, Buffer.from([0x43, 0, 0, 0, 3])],
  ])('gives up at %s', (_, typed, chunk) => {
    const reader = new MessageReader(typed);
    expect([...reader.read(chunk)]).toEqual([]);
    expect(reader.broken).toBe(true);
  });
});
