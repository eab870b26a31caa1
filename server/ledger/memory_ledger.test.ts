import { MemoryLedger } from './memory_ledger';
import { ledgerContract } from './testing/ledger_contract';

let ledger: MemoryLedger;

ledgerContract('MemoryLedger', {
  open: (terms) => Promise.resolve((ledger = new MemoryLedger(terms))),
  auditLines: () => ledger.auditLines,
});
