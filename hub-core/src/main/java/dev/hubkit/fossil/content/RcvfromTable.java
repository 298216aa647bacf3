package dev.hubkit.fossil.content;

import dev.hubkit.fossil.content.ContentStore.Receipt;

/** Table {@code rcvfrom}: the senders of content, with one row for each sender in a transaction. */
final class RcvfromTable {
  private final DbTransaction session;
  private Receipt receipt = Receipt.NONE;
  private long number;

  RcvfromTable(DbTransaction session) {
    this.session = session;
  }

  void from(Receipt sender) {
    receipt = sender;
    number = 0;
  }

  long number() {
    if (number == 0) {
      number =
          session.insert(
              "INSERT INTO rcvfrom(uid,mtime,nonce,ipaddr) VALUES(?,?,?,?)",
              receipt.userId(),
              JulianDay.of(session.now()),
              receipt.nonce(),
              receipt.address());
    }
    return number;
  }
}
