package dev.hubkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.HubException.Reason;
import org.junit.jupiter.api.Test;

class LaunchReportTest {
  private static final String OURS = "7c1f";
  private static final String OTHERS =
      "hub: reason: PORT_IN_USE 88aa\nhub: error: port 4222 is taken\n";

  @Test
  void isWhatTheProcessSaid() {
    assertThat(LaunchReport.find("starting\nhub: reason: TIMEOUT 7c1f\nhub: error: too slow", OURS))
        .isEqualTo(new LaunchReport(Reason.TIMEOUT, "too slow"));
  }

  @Test
  void isNotWhatAnotherLaunchSaidBeforeOrAfter() {
    String ours = "hub: reason: INACCESSIBLE 7c1f\nhub: error: read-only\n";
    LaunchReport expected = new LaunchReport(Reason.INACCESSIBLE, "read-only");
    assertThat(LaunchReport.find(OTHERS + ours, OURS)).isEqualTo(expected);
    assertThat(LaunchReport.find(ours + OTHERS, OURS)).isEqualTo(expected);
    assertThat(LaunchReport.find(OTHERS + "and then it died", OURS)).isNull();
  }

  @Test
  void needsNoReason() {
    LaunchReport expected = new LaunchReport(Reason.SERVER_FAILED, "no memory");
    assertThat(LaunchReport.find(OTHERS + "at x.y\nhub: error: no memory", OURS))
        .isEqualTo(expected);
    assertThat(LaunchReport.find("hub: error: no memory", OURS)).isEqualTo(expected);
    assertThat(LaunchReport.find("hub: reason: NEW\nhub: error: no memory", OURS))
        .isEqualTo(expected);
    assertThat(LaunchReport.find("hub: reason: TIMEOUT\nhub: error: no time", OURS))
        .isEqualTo(new LaunchReport(Reason.TIMEOUT, "no time"));
  }

  @Test
  void isALineAndNotPartOfOne() {
    assertThat(LaunchReport.find("WARN a: hub: error: quoted by somebody", OURS)).isNull();
  }
}
