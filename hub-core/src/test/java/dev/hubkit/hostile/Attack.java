package dev.hubkit.hostile;

import java.util.ArrayList;
import java.util.List;

/**
 * Something that a hostile client does. That its connection is closed is what it expects: {@link
 * Work#run} may end with any exception of input and output.
 *
 * @param name what it is
 * @param weight how often it is chosen, relative to others
 * @param work does it
 */
record Attack(String name, int weight, Work work) {
  /** One round of it, of a few seconds at most. */
  @FunctionalInterface
  interface Work {
    void run(Attacker attacker) throws Exception;
  }

  /** All there are. */
  static List<Attack> all() {
    List<Attack> all = new ArrayList<>();
    all.addAll(WireAttacks.all());
    all.addAll(LoginAttacks.all());
    all.addAll(HandshakeAttacks.all());
    all.addAll(WebSocketAttacks.all());
    all.addAll(HttpAttacks.all());
    all.addAll(JetStreamAttacks.all());
    all.addAll(StreamAttacks.all());
    return all;
  }
}
