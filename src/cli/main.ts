#!/usr/bin/env node
import { runCommandLine } from './command-line.js';

// Who reads the answer may have had enough of it (`| head -1`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

void runCommandLine(process.argv.slice(2));
