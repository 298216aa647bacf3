package dev.hubkit.hostile;

import java.util.ArrayList;
import java.util.List;

/**
 * Something that a hostile client does. It expects the hub to close its connection: {@link
 * Work#run} may end with any exception of input and output.
 *
 * @param name the name of the attack
 * @param weight how often it is chosen, relative to others
 * @param work carries out the attack
 */
record Attack(String name, int weight, Work work) {
  /** Runs one round of the attack, which takes a few seconds at most. */
  @FunctionalInterface
  interface Work {
    void run(Attacker attacker) throws Exception;
  }

  /** Returns all attacks. */
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
