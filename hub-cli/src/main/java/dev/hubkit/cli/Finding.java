package dev.hubkit.cli;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Something that {@code hub doctor} has looked at.
 *
 * @param about what it looked at, in a word
 * @param grade how it is
 * @param text what it found, in a line
 * @param remedy what to do about it; null when there is nothing to do
 * @param cure what {@code --fix} does about it; null when it can do nothing
 */
record Finding(
    String about, Grade grade, String text, @Nullable String remedy, @Nullable Cure cure) {
  /** How it is. */
  enum Grade {
    OK("green"),
    NOTE("cyan"),
    WARNING("yellow"),
    PROBLEM("red"),
    FIXED("green");

    private final String colour;

    Grade(String colour) {
      this.colour = colour;
    }

    String colour() {
      return colour;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Sets it right. */
  interface Cure {
    void apply() throws Exception;
  }

  static Finding ok(String about, String text) {
    return new Finding(about, Grade.OK, text, null, null);
  }

  static Finding note(String about, String text) {
    return new Finding(about, Grade.NOTE, text, null, null);
  }

  static Finding warning(String about, String text, @Nullable String remedy) {
    return new Finding(about, Grade.WARNING, text, remedy, null);
  }

  static Finding problem(String about, String text, @Nullable String remedy) {
    return new Finding(about, Grade.PROBLEM, text, remedy, null);
  }

  /** The same, but {@code --fix} can do something about it. */
  Finding curedBy(Cure means) {
    return new Finding(about, grade, text, remedy, means);
  }

  /** After the cure. */
  Finding fixed() {
    return new Finding(about, Grade.FIXED, text, null, null);
  }

  /** After a cure that failed. */
  Finding notFixed(String why) {
    return new Finding(about, grade, text + "; --fix failed: " + why, remedy, null);
  }
}
