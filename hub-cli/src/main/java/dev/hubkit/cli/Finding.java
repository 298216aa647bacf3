package dev.hubkit.cli;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A result of {@code hub doctor}.
 *
 * @param about what it checked, in one word
 * @param grade how good the result is
 * @param text what it found, in one line
 * @param remedy what to do about it; null when there is nothing to do
 * @param cure what {@code --fix} does about it; null when it cannot help
 */
record Finding(
    String about, Grade grade, String text, @Nullable String remedy, @Nullable Cure cure) {
  /** The grades of a finding. */
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

  /** Corrects what was found. */
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

  /** Returns this finding with a cure for {@code --fix}. */
  Finding curedBy(Cure means) {
    return new Finding(about, grade, text, remedy, means);
  }

  /** Returns the finding after its cure. */
  Finding fixed() {
    return new Finding(about, Grade.FIXED, text, null, null);
  }

  /** Returns the finding after its cure failed. */
  Finding notFixed(String why) {
    return new Finding(about, grade, text + "; --fix failed: " + why, remedy, null);
  }
}
