package dev.hubkit;

import dev.hubkit.HubException.Reason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a launched process has said of why it could not start the hub.
 *
 * @param message the cause, in one line
 */
record LaunchReport(Reason reason, String message) {
  /**
   * Finds the report of a launch in a log, to which the processes of other launches write as well,
   * and may have written last.
   *
   * @return null when there is none
   */
  static @Nullable LaunchReport find(String log, String launch) {
    List<String> lines = log.lines().toList();
    for (int i = lines.size() - 1; i >= 0; i--) {
      String line = lines.get(i);
      if (line.startsWith(Hub.FAILURE_MARK)) {
        String before = i == 0 ? "" : lines.get(i - 1);
        Reason reason = reason(before, launch);
        if (reason != null) {
          return new LaunchReport(reason, line.substring(Hub.FAILURE_MARK.length()));
        }
      }
    }
    return null;
  }

  /** The reason that the line before a failure names; null when it is another launch's. */
  private static @Nullable Reason reason(String line, String launch) {
    if (!line.startsWith(Hub.REASON_MARK)) {
      return Reason.SERVER_FAILED;
    }
    String[] words = line.substring(Hub.REASON_MARK.length()).split(" ", 2);
    if (words.length > 1 && !words[1].equals(launch)) {
      return null;
    }
    for (Reason reason : Reason.values()) {
      if (reason.name().equals(words[0])) {
        return reason;
      }
    }
    return Reason.SERVER_FAILED;
  }
}
