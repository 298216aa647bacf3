package dev.hubkit;

import dev.hubkit.HubException.Reason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The report of a launched process on why it could not start the hub.
 *
 * @param message the cause, in one line
 */
record LaunchReport(Reason reason, String message) {
  /**
   * Finds the report of a launch in a log. Processes of other launches write to the same log, and
   * may have written last.
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

  /**
   * Returns the reason that the line before a failure names; null when that line belongs to another
   * launch.
   */
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
