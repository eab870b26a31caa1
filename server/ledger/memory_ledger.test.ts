import { MemoryLedger } from './memory_ledger';
import { ledgerContract } from './testing/ledger_contract';

ledgerContract('MemoryLedger', { open: (terms) => Promise.resolve(new MemoryLedger(terms)) });
