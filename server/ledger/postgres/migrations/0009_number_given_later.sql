-- Makes, from the tables of 0008: a lottery whose winning number is not known before its sale is sealed.

ALTER TABLE lottery ALTER winner_number DROP NOT NULL;
