package dev.hubkit.fossil.artifact;

/** The kind of a file in a check-in. */
public enum Permission {
  /** An ordinary file. */
  REGULAR(0, ""),
  /** An executable file. */
  EXECUTABLE(1, "x"),
  /** A symbolic link; its content is the target. */
  SYMLINK(2, "l");

  private final int number;
  private final String card;

  Permission(int number, String card) {
    this.number = number;
    this.card = card;
  }

  /** The number in the {@code mperm} column of the {@code mlink} table. */
  public int number() {
    return number;
  }

  /** The letter on the F card. */
  String card() {
    return card;
  }

  static Permission ofCard(String text) {
    return text.indexOf('x') >= 0 ? EXECUTABLE : text.indexOf('l') >= 0 ? SYMLINK : REGULAR;
  }
}
