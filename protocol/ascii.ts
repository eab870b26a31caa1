/** The bytes that the protocol's grammar is made of. */
export const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
export const SPACE = 0x20;
export const COMMA = 0x2c;
export const HYPHEN = 0x2d;
export const ZERO = 0x30;
export const NINE = 0x39;
export const SEMICOLON = 0x3b;
export const DELETE = 0x7f;
