-- Makes, from the tables of 0004: the check value of each batch.

-- CRC-32 of the batch's payload: its text, and the ';' before it (protocol/payload_check.ts). NULL for a batch that was
-- stored before there were any: it is made from the text when it is asked for, since no migration changes a row of bets.
ALTER TABLE batches ADD payload_check bigint;
