package dev.hubkit;

import dev.hubkit.workspace.ListeningPort;
import org.jspecify.annotations.Nullable;

/** Chooses the port of a server, and explains why a server cannot have it. */
final class ServerPort {
  private ServerPort() {}

  /**
   * Returns the port to listen on: the one asked for or, when any will do, that of the last run if
   * it is still free, and 0 otherwise.
   */
  static int choose(String what, String option, String host, Backend backend, int last) {
    if (!(backend instanceof Backend.Embedded embedded)) {
      return 0;
    }
    if (embedded.port() != 0) {
      ListeningPort wanted = new ListeningPort(host, embedded.port());
      if (!wanted.isFree()) {
        throw inUse(what, option, wanted, null);
      }
      return embedded.port();
    }
    return last != 0 && new ListeningPort(host, last).isFree() ? last : 0;
  }

  /** The exception for a server that did not start. */
  static HubException failure(String what, String option, String host, int port, Exception cause) {
    if (port != 0) {
      ListeningPort wanted = new ListeningPort(host, port);
      if (!wanted.isFree()) {
        return inUse(what, option, wanted, cause);
      }
    }
    return new HubException(
        HubException.Reason.SERVER_FAILED, what + " cannot start: " + cause.getMessage(), cause);
  }

  private static HubException inUse(
      String what, String option, ListeningPort port, @Nullable Exception cause) {
    String message =
        "port "
            + port.number()
            + " of "
            + port.host()
            + ", wanted for "
            + what
            + ", is in use"
            + port.describeHolder()
            + "; stop that, or choose another port with "
            + option
            + " (0 takes a free one)";
    return cause == null
        ? new HubException(HubException.Reason.PORT_IN_USE, message)
        : new HubException(HubException.Reason.PORT_IN_USE, message, cause);
  }
}
