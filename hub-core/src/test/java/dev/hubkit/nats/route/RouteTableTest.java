package dev.hubkit.nats.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.peer.PeerTotals;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which routes of a server there are, when others connect more than once. */
class RouteTableTest {
  private record Entry(String remoteId, boolean isSolicited, int number)
      implements RouteTable.Entry {
    @Override
    public PeerTotals totals() {
      return PeerTotals.NONE;
    }
  }

  private final RouteTable<Entry> table = new RouteTable<>("A");
  private final List<Entry> replaced = new ArrayList<>();

  private Entry establish(String id, int number) {
    Entry entry = new Entry(id, false, number);
    table.add(entry);
    assertThat(table.establish(entry, replaced::add)).isTrue();
    return entry;
  }

  @Test
  void aRouteThatWasReplacedHasNoOtherToTheSameServer() {
    Entry first = establish("B", 1);
    Entry other = establish("C", 2);
    Entry second = establish("B", 3);
    assertThat(replaced).containsExactly(first);
    assertThat(table.others(first)).containsExactly(other);
    assertThat(table.others(second)).containsExactly(other);
  }
}
