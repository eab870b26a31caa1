/** What a stream of random numbers is for in the bet files. The committed data depends on these numbers. */
export const PURPOSE = { person: 1, bets: 2, winners: 3 } as const;
