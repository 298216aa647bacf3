package dev.hubkit.nats.account;

/** How much a service learns of those who ask it from another account. */
public enum RequesterShare {
  /** Account and round trip. */
  ROUND_TRIP,
  /** Also the server: what the system account always learns. */
  SERVER,
  /** Everything but what the client logged in with: what advisories tell. */
  ADVISORY,
  /** Everything: the import is shared. */
  ALL
}
