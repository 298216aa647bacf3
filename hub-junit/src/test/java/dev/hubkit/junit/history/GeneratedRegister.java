package dev.hubkit.junit.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A history that a register could have: its operations happen one after another, and begin before
 * and end after they happen, at random, so that they overlap.
 */
final class GeneratedRegister {
  private final Random random;
  private final int overlap;
  private final boolean answersAll;
  private final List<RegisterOperation> operations = new ArrayList<>();
  private long revision;
  private long used;
  private RegisterValue value = RegisterAction.Read.NONE;

  private GeneratedRegister(Random random, int overlap, boolean answersAll) {
    this.random = random;
    this.overlap = overlap;
    this.answersAll = answersAll;
  }

  /**
   * Generates a history.
   *
   * @param overlap how many operations one may overlap with, at most
   * @param answersAll whether all operations are answered
   */
  static List<RegisterOperation> of(Random random, int count, int overlap, boolean answersAll) {
    GeneratedRegister register = new GeneratedRegister(random, overlap, answersAll);
    for (int i = 0; i < count; i++) {
      register.next(i);
    }
    return register.operations;
  }

  private void next(int index) {
    // Each operation has numbers of its own, and happens at the tens.
    long at = 1000L * (index + overlap + 1);
    long begin = at - 1 - random.nextInt(1000 * overlap + 1);
    long end = at + 1 + random.nextInt(1000 * overlap + 1);
    begin = begin * 10_000 + index * 2L;
    end = end * 10_000 + index * 2L + 1;
    boolean lost = !answersAll && random.nextInt(5) == 0;
    boolean applied = !lost || random.nextBoolean();
    RegisterAction action = action(applied);
    RegisterOperation made =
        new RegisterOperation(begin, end, 0, "client " + index % 3, action.toString(), action);
    operations.add(lost ? made.unanswered() : made);
  }

  private RegisterAction action(boolean applied) {
    if (random.nextInt(5) < 2) {
      return new RegisterAction.Read(revision, value);
    }
    long expected =
        switch (random.nextInt(4)) {
          case 0 -> revision;
          case 1 -> random.nextInt((int) used + 2);
          default -> RegisterAction.ANY;
        };
    if (expected != RegisterAction.ANY && expected != revision) {
      return new RegisterAction.Refused(
          expected, random.nextBoolean() ? revision : RegisterAction.UNKNOWN);
    }
    // Few values, so that revisions have to tell them apart.
    RegisterValue written = RegisterValue.of("v" + random.nextInt(2));
    long got = used + 1 + random.nextInt(2);
    if (applied) {
      used = got;
      revision = got;
      value = written;
    }
    return new RegisterAction.Write(written, expected, got, RegisterAction.NEVER);
  }
}
