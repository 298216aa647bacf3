package dev.hubkit.junit.message;

/** Quotes parts of messages in texts for people. */
final class Quotation {
  private static final int LONGEST = 80;

  private Quotation() {}

  /** Returns a text in quotation marks, on one line and shortened. */
  static String of(String text) {
    return '"' + shortened(text) + '"';
  }

  /** Returns a text on one line, shortened. */
  static String shortened(String text) {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), LONGEST); i++) {
      char c = text.charAt(i);
      shown.append(Character.isISOControl(c) || c == 0xfffd ? '\u00b7' : c);
    }
    return shown.append(text.length() > LONGEST ? "…" : "").toString();
  }

  /** Says why a payload cannot be compared. */
  static String unknown(MessageView message) {
    return "unknown beyond its first "
        + message.payload().length
        + " of "
        + message.payloadLength()
        + " bytes";
  }
}
