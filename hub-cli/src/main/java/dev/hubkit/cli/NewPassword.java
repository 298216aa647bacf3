package dev.hubkit.cli;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A password that no list of processes and no shell history shows. */
final class NewPassword {
  @Option(
      names = "--password-stdin",
      description = "Take the password from the first line of the standard input.")
  private boolean standardInput;

  @Nullable String ifAsked(String login) throws IOException {
    return standardInput ? ask(login) : null;
  }

  String ask(String login) throws IOException {
    Console console = standardInput ? null : System.console();
    if (console != null) {
      char[] once = console.readPassword("Password of %s: ", login);
      char[] twice = console.readPassword("Again: ");
      if (once == null || twice == null || !new String(once).equals(new String(twice))) {
        throw new IllegalArgumentException("the two passwords differ; nothing was changed");
      }
      return new String(once);
    }
    String line =
        new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())).readLine();
    if (line == null) {
      throw new IllegalArgumentException(
          "no password given; type one, or give it on the standard input with --password-stdin");
    }
    return line;
  }
}
