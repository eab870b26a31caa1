/** The place of one connection at a door. */
export interface DoorPlace {
  /** Its peer has done what the door is for. */
  keep(): void;
  /** Gives the place back. */
  leave(): void;
}

/** The places of a door. */
export interface DoorPlaces {
  /** Takes a place for a connection from an address. @returns it, or why there is none */
  enter(remoteAddress: string | undefined): DoorPlace | string;
}
