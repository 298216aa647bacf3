package dev.hubkit.cli;

import dev.hubkit.HubException;
import dev.hubkit.workspace.WorkspaceException;

/** The exit statuses of the command. */
enum ExitCode {
  OK(0, "done, or nothing to do"),
  FAILURE(1, "something failed; the message says what"),
  USAGE(2, "the command line is wrong"),
  NOTHING_TO_SEED(3, "no git work tree, no commit or no tracked file"),
  PORT_IN_USE(4, "a port is taken"),
  INACCESSIBLE(5, "a file or directory cannot be read or written"),
  FOREIGN_OWNER(6, "the hub is another user's, or its process cannot be told"),
  TIMEOUT(7, "something did not happen in time"),
  NOT_RUNNING(8, "with --check: no hub runs");

  private final int number;
  private final String meaning;

  ExitCode(int number, String meaning) {
    this.number = number;
    this.meaning = meaning;
  }

  int number() {
    return number;
  }

  String meaning() {
    return meaning;
  }

  static ExitCode of(HubException.Reason reason) {
    return switch (reason) {
      case NOTHING_TO_SEED -> NOTHING_TO_SEED;
      case PORT_IN_USE -> PORT_IN_USE;
      case INACCESSIBLE -> INACCESSIBLE;
      case FOREIGN_OWNER -> FOREIGN_OWNER;
      case TIMEOUT -> TIMEOUT;
      case SERVER_FAILED, UNSUPPORTED -> FAILURE;
    };
  }

  static ExitCode of(WorkspaceException.Reason reason) {
    return switch (reason) {
      case NOTHING_TO_SEED -> NOTHING_TO_SEED;
      case INACCESSIBLE -> INACCESSIBLE;
      case FOREIGN_OWNER -> FOREIGN_OWNER;
      case TIMEOUT -> TIMEOUT;
      case CHILD_DIED -> FAILURE;
    };
  }
}
