package dev.hubkit.junit.stub;

import java.util.HashMap;
import java.util.Map;

/** The states of scenarios, by account and name. Thread-safe. */
final class Scenarios {
  private final Map<String, String> states = new HashMap<>();

  synchronized String state(String account, String scenario) {
    return states.getOrDefault(key(account, scenario), Stubs.STARTED);
  }

  synchronized void set(String account, String scenario, String state) {
    states.put(key(account, scenario), state);
  }

  /** Puts all scenarios of an account back to their first state. */
  synchronized void reset(String account) {
    states.keySet().removeIf(key -> key.startsWith(key(account, "")));
  }

  private static String key(String account, String scenario) {
    return account + '\n' + scenario;
  }
}
