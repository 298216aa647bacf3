package dev.hubkit.junit;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Prints failure notes for those who would not see them, because the tool that runs the tests shows
 * no suppressed exceptions: Gradle on its console, and Surefire and Failsafe when they trim stack
 * traces. Thread-safe.
 */
final class FailureConsole {
  // ForkedBooter's arguments: a directory, the name of the run, a file with the settings of the
  // plugin in that directory, another with system properties.
  private static final Pattern SUREFIRE =
      Pattern.compile("(?:.*ForkedBooter|.*surefirebooter\\S*\\.jar) (.+) \\S+ (\\S+) \\S+");
  private static final long MAX_SETTINGS = 4 << 20;

  // Behind the constants that its constructor needs.
  private static final FailureConsole SYSTEM =
      new FailureConsole(System::getProperty, new FileOutputStream(FileDescriptor.err));

  private final boolean isGradle;
  private final boolean isTrimmed;
  private final OutputStream standardError;

  /**
   * Creates a console.
   *
   * @param properties looks up system properties
   * @param standardError the standard error stream of the process, not that of {@link System#err},
   *     which Gradle replaces and shows on demand only
   */
  FailureConsole(UnaryOperator<@Nullable String> properties, OutputStream standardError) {
    isGradle = properties.apply("org.gradle.test.worker") != null;
    isTrimmed = isTrimmedBySurefire(properties.apply("sun.java.command"));
    this.standardError = standardError;
  }

  /** Returns the console of this process. */
  static FailureConsole system() {
    return SYSTEM;
  }

  private static boolean isTrimmedBySurefire(@Nullable String command) {
    Matcher surefire = SUREFIRE.matcher(command == null ? "" : command);
    if (!surefire.matches()) {
      return false;
    }
    try {
      Path file = Path.of(surefire.group(1), surefire.group(2));
      if (!Files.isRegularFile(file) || Files.size(file) > MAX_SETTINGS) {
        return false;
      }
      Properties settings = new Properties();
      try (InputStream in = Files.newInputStream(file)) {
        settings.load(in);
      }
      return Boolean.parseBoolean(settings.getProperty("isTrimStackTrace"));
    } catch (IOException | IllegalArgumentException e) {
      // Then the note is shown or not; it is in the file of the full report in any case.
      return false;
    }
  }

  /**
   * Prints a note unless the tool shows it anyway.
   *
   * @param always whether to print it even if the tool shows it
   * @param out where to print what a person sees on the console of other tools than Gradle
   */
  void show(FailureNote note, boolean always, PrintStream out) {
    if (isGradle) {
      print(note);
    }
    if (always || isTrimmed) {
      out.println(note);
    }
  }

  private void print(FailureNote note) {
    try {
      standardError.write((note + System.lineSeparator()).getBytes(Charset.defaultCharset()));
      standardError.flush();
    } catch (IOException e) {
      // Nobody reads this process's standard error stream; the reports have the note.
    }
  }
}
