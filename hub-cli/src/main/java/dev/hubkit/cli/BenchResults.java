package dev.hubkit.cli;

import dev.hubkit.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The results of a benchmark, printed one by one and all at the end. */
final class BenchResults {
  private record Figure(String what, double value, String unit) {}

  private final Output output;
  private final List<Figure> all = new ArrayList<>();

  BenchResults(Output output) {
    this.output = output;
  }

  void add(String what, double value, String unit) {
    all.add(new Figure(what, value, unit));
    output.plain(String.format(Locale.ROOT, "%-50s %,14.1f %s", what, value, unit));
  }

  void json(JsonWriter json) {
    json.beginArray("figures");
    for (Figure figure : all) {
      json.beginObject()
          .field("what", figure.what())
          .field("value", figure.value())
          .field("unit", figure.unit())
          .endObject();
    }
    json.endArray();
  }
}
