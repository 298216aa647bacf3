package dev.hubkit.junit.assertj;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.history.History;
import dev.hubkit.junit.journal.Journal;

/**
 * Entry points for assertions about a hub. Import them statically, beside AssertJ's own:
 *
 * {@snippet id="assertj/HubAssertionsTest.java#streams" :
 * assertThat(hub).hasNoStream("OTHERS").stream("ORDERS")
 *     .hasMessages(3)
 *     .hasFirstSequence(1)
 *     .hasLastSequence(3)
 *     .hasConsumers(0)
 *     .lastMessage()
 *     .hasSubject("orders.3")
 *     .hasSequence(3)
 *     .hasHeader("Table")
 *     .hasHeader("Table", "8")
 *     .hasNoHeader("Chair")
 *     .hasPayload("tea")
 *     .and()
 *     .lastMessage("orders.1")
 *     .hasNoHeader("Table");
 * }
 */
public final class HubAssertions {
  private HubAssertions() {}

  /** Begins an assertion about a history. */
  public static HistoryAssert assertThat(History history) {
    return new HistoryAssert(history);
  }

  /** Begins an assertion about what the clients of a journal have published. */
  public static JournalAssert assertThat(Journal journal) {
    return new JournalAssert(journal);
  }

  /** Begins an assertion about a hub. */
  public static HubAssert assertThat(HubResource hub) {
    return new HubAssert(hub);
  }
}
