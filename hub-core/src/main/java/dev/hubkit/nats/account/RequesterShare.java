package dev.hubkit.nats.account;

/** How much a service learns about requesters in other accounts. */
public enum RequesterShare {
  /** Account and round trip. */
  ROUND_TRIP,
  /** Also the server, as the system account always learns. */
  SERVER,
  /** Everything but the credentials, as in advisories. */
  ADVISORY,
  /** Everything: the import is shared. */
  ALL
}
