package dev.hubkit.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubkit.cli.Shell.Result;
import dev.hubkit.workspace.FailPoint;
import dev.hubkit.workspace.FailPoint.Side;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kills the process that starts or stops a hub, the hub, or both, at a step of a start or a stop,
 * as {@code kill -9} does. Whichever process dies at whichever step, a later start works and the
 * data is there. The profile {@code stress} does it at each step.
 */
class FailPointTest {
  private static final boolean ALL = Boolean.getBoolean("hub.stress");
  private static final Set<FailPoint> UNRECORDED =
      EnumSet.of(FailPoint.START_LOCKED, FailPoint.STOP_CLEARED);

  /** The processes that the test kills. */
  enum Victim {
    /** The process of the command. */
    COMMAND,
    /** The hub. */
    HUB,
    /** Both, the command first. */
    BOTH
  }

  record Case(FailPoint point, Victim victim, boolean firstRun) {}

  @TempDir Path home;

  private WorkTree tree;
  private final List<Process> commands = new ArrayList<>();

  @BeforeEach
  void makeWorkTree() throws Exception {
    tree = WorkTree.in(home);
  }

  @AfterEach
  void end() {
    commands.forEach(Process::destroyForcibly);
    tree.end();
  }

  static Stream<Case> cases() {
    if (!ALL) {
      return Stream.of(
          new Case(FailPoint.START_SEEDING, Victim.HUB, true),
          new Case(FailPoint.START_PUBLISHING, Victim.BOTH, true),
          new Case(FailPoint.LAUNCH_WAITING, Victim.COMMAND, true),
          new Case(FailPoint.STOP_SERVED, Victim.COMMAND, false));
    }
    List<Case> all = new ArrayList<>();
    for (FailPoint point : FailPoint.values()) {
      for (boolean firstRun : new boolean[] {true, false}) {
        boolean seeds = point.name().startsWith("START_SEED");
        boolean stops = point.name().startsWith("STOP");
        if ((seeds && !firstRun) || (stops && firstRun)) {
          continue;
        }
        for (Victim victim : Victim.values()) {
          all.add(new Case(point, victim, firstRun));
        }
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aStartWorksAfterAKill(Case one) throws Exception {
    boolean stops = one.point().name().startsWith("STOP");
    if (!one.firstRun()) {
      tree.started();
      tree.fill();
      tree.stopped();
    }
    if (stops) {
      arm(one, Side.OWNER);
      Result started = armedShell.hub(WorkTree.startOn());
      assertEquals(0, started.status(), started.all());
    }
    Process command = hold(one, stops ? new String[] {"stop"} : WorkTree.startOn());
    List<ProcessHandle> hubs = tree.hubs();
    if (one.victim() != Victim.HUB) {
      command.destroyForcibly().waitFor();
    }
    if (one.victim() != Victim.COMMAND) {
      for (ProcessHandle hub : hubs) {
        hub.destroyForcibly();
        WorkTree.awaitEnd(hub);
      }
    }
    if (one.victim() == Victim.COMMAND && one.point().side() == Side.OWNER) {
      // The hub is held for good, so a start can only report it; a stop removes it.
      Result waiting = tree.start("--start-timeout=1");
      assertThat(waiting.status()).as(waiting.all()).isIn(0, 7);
      Result stop = tree.shell().hub("stop", "--drain-timeout=1");
      if (UNRECORDED.contains(one.point())) {
        // No command can tell this hub from a process that has nothing to do with hubs.
        assertThat(stop.status()).as(stop.all()).isEqualTo(6);
        assertThat(stop.err()).contains("(process " + hubs.get(0).pid() + ")");
        hubs.get(0).destroyForcibly();
        WorkTree.awaitEnd(hubs.get(0));
      } else {
        assertThat(stop.status()).as(stop.all()).isZero();
      }
      tree.assertCleared();
    }
    if (one.victim() == Victim.HUB && one.point().side() != Side.OWNER) {
      // The command is held at its own step; the test does not wait for what it would do next.
      command.destroyForcibly().waitFor();
    } else if (one.victim() == Victim.HUB) {
      // The command sees the end of the hub at once and reports it, or has nothing left to do.
      assertThat(command.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertEquals(stops ? 0 : 1, command.exitValue(), () -> errorOf(command));
    }
    tree.started();
    tree.assertIntact(!one.firstRun());
    tree.stopped();
    tree.assertCleared();
  }

  @ParameterizedTest
  @CsvSource({"START_LOCKED, TERM", "START_SEEDING, INT", "START_SERVING, HUP"})
  void aSignalEndsAStartThatDoesNotGetOn(FailPoint point, String signal) throws Exception {
    Shell.assumeHeeded(signal);
    List<String> line = Shell.hubCommand("start", "--fossil-port=0", "--nats-port=0");
    line.add(1, "-D" + FailPoint.PROPERTY + "=" + point);
    Path err = home.resolve("err");
    Process hub = tree.shell().start(line, home.resolve("out"), err);
    commands.add(hub);
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> Files.readString(err).contains(FailPoint.HELD_MARK + point + "\n"));
    tree.shell().must("kill", "-" + signal, Long.toString(hub.pid()));
    assertThat(hub.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(hub.exitValue()).isNotZero();
    tree.started();
    tree.stopped();
    tree.assertCleared();
  }

  private Shell armedShell;

  /** Prepares a shell that holds the processes of one side at the step. */
  private void arm(Case one, Side side) {
    armedShell =
        one.point().side() == side
            ? tree.shell()
                .with(
                    "HUB_JAVA_OPTS",
                    Shell.SHORT_LIVED + " -D" + FailPoint.PROPERTY + "=" + one.point())
            : tree.shell();
  }

  /** Runs a command until the step holds it, or the hub. */
  private Process hold(Case one, String... arguments) throws Exception {
    arm(one, Side.OWNER);
    List<String> line = Shell.hubCommand(arguments);
    if (one.point().side() != Side.OWNER) {
      line.add(1, "-D" + FailPoint.PROPERTY + "=" + one.point());
    }
    Path err = home.resolve("err");
    Process command = armedShell.start(line, home.resolve("out"), err);
    commands.add(command);
    Path marked = one.point().side() == Side.OWNER ? tree.state("hub.log") : err;
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(
            () ->
                Files.exists(marked)
                    && Files.readString(marked).contains(FailPoint.HELD_MARK + one.point() + "\n"));
    return command;
  }

  private String errorOf(Process command) {
    try {
      return command + ": " + Files.readString(home.resolve("err"));
    } catch (IOException e) {
      return command + ": " + e;
    }
  }
}
