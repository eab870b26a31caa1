/**
 * `node parse_alone.js FILE`: reads a CSV file with csv-parse and does nothing with its rows; then tells the parent
 * process how many there were.
 */
import { createReadStream } from 'node:fs';

import { parse } from 'csv-parse';

import { exitOnUnexpectedErrors } from '../../program/exit';

exitOnUnexpectedErrors();
const file = process.argv[2];
if (file === undefined) throw new Error('usage: parse_alone FILE');
let rows = 0;
createReadStream(file)
  .pipe(parse())
  .on('data', () => rows++)
  .on('end', () => process.send?.({ rows }));
// The parent ends this process when it has looked at what it has used.
process.on('disconnect', () => process.exit(0));
