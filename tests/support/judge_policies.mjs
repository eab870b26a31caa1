/**
 * Lets the shipped verifier read policies: a test under Jest cannot import its module.
 *
 *   node tests/support/judge_policies.mjs < POLICIES
 *
 * It takes a JSON array of policies in base64, and prints one of what is wrong with each: `null` for nothing.
 */
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';

import { PARTS } from '../../verifier/verify.mjs';

function mistakeIn(policy) {
  try {
    PARTS.parsePolicy(Buffer.from(policy, 'base64'));
    return null;
  } catch (error) {
    return error.message;
  }
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map(mistakeIn)));
