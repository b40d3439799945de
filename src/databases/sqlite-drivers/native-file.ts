import { open, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the package `bindings` looks for a compiled addon, in its order (bindings.js of bindings 1.5.0). */
const PLACES = ['build', 'build/Debug', 'build/Release', 'out/Debug', 'Debug', 'out/Release', 'Release', 'build/default'];

/** `e_machine` of the 64-bit little-endian processors that Node calls by these names. */
const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183, riscv64: 243, loong64: 258 };

const HEADER_BYTES = 64;

/** Finds the native file that `bindings` would load for a package; `undefined` where none is built. */
export async function findNativeFile(packageRoot: string, fileName: string): Promise<string | undefined> {
  for (const place of PLACES) {
    const path = join(packageRoot, place, fileName);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile()) return path;
  }
  return undefined;
}

/**
 * Says why a native file can't be loaded on this machine, without loading it; `undefined` where nothing is wrong.
 *
 * A truncated file kills Node with SIGBUS while it is loaded, which no `try` sees: the loader maps the size that the header
 * names, and reading past the file's end is a fault. Only 64-bit Linux is examined; elsewhere, and for processors that are
 * not known here, the answer is `undefined`.
 */
export async function nativeFileProblem(path: string, platform = process.platform, arch = process.arch): Promise<string | undefined> {
  const machine = platform === 'linux' ? MACHINES[arch] : undefined;
  if (machine === undefined) return undefined;
  const file = await open(path, 'r');
  try {
    return await elfProblem(file, machine, arch);
  } finally {
    await file.close();
  }
}

async function elfProblem(file: FileHandle, machine: number, arch: string): Promise<string | undefined> {
  const { size } = await file.stat();
  const { bytesRead, buffer } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  if (bytesRead < HEADER_BYTES) return `the native file is truncated (${size} bytes)`;
  if (buffer.toString('latin1', 0, 4) !== '\x7fELF') return 'the native file was not built for Linux (no ELF header)';
  if (buffer[4] !== 2 || buffer[5] !== 1) return 'the native file was not built for a 64-bit processor of this byte order';
  if (buffer.readUInt16LE(18) !== machine) return `the native file was built for another processor than ${arch}`;
  const expected = endOfSections(buffer);
  return size < expected ? `the native file is truncated (${size} of ${expected} bytes)` : undefined;
}

/** The table of sections is the last thing in the file that a linker writes, so its end is the file's least size. */
function endOfSections(header: Buffer): number {
  const offset = Number(header.readBigUInt64LE(40));
  return offset + header.readUInt16LE(58) * header.readUInt16LE(60);
}
