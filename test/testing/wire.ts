/** Bytes of PostgreSQL's protocol, version 3, as clients and servers send them. */

const zeroEnded = (...texts: string[]): Buffer => Buffer.from(texts.map((text) => `${text}\0`).join(''));

function sized(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from(type), length, body]);
}

function startup(code: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const codeBytes = Buffer.alloc(4);
  codeBytes.writeInt32BE(code);
  return sized('', Buffer.concat([codeBytes, body]));
}

export const client = {
  startup: (): Buffer => startup(3 << 16, zeroEnded('user', 'shop', 'database', 'shop', '')),
  requestTls: (): Buffer => startup(80_877_103),
  cancel: (): Buffer => startup(80_877_102, Buffer.alloc(8)),
  password: (): Buffer => sized('p', zeroEnded('secret')),
  query: (text: string): Buffer => sized('Q', zeroEnded(text)),
  parse: (text: string, name = ''): Buffer => sized('P', Buffer.concat([zeroEnded(name, text), Buffer.alloc(2)])),
  bind: (statement = '', portal = ''): Buffer => sized('B', Buffer.concat([zeroEnded(portal, statement), Buffer.alloc(6)])),
  execute: (portal = ''): Buffer => sized('E', Buffer.concat([zeroEnded(portal), Buffer.alloc(4)])),
  sync: (): Buffer => sized('S', Buffer.alloc(0)),
};

export const server = {
  authenticationOk: (): Buffer => sized('R', Buffer.alloc(4)),
  parseComplete: (): Buffer => sized('1', Buffer.alloc(0)),
  bindComplete: (): Buffer => sized('2', Buffer.alloc(0)),
  row: (bytes = 10): Buffer => sized('D', Buffer.alloc(bytes, 'C')),
  complete: (tag: string): Buffer => sized('C', zeroEnded(tag)),
  empty: (): Buffer => sized('I', Buffer.alloc(0)),
  error: (): Buffer => sized('E', zeroEnded('C40001', '')),
  notice: (): Buffer => sized('N', zeroEnded('C25P01', '')),
  ready: (): Buffer => sized('Z', Buffer.from('I')),
};
