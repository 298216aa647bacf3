package dev.hubkit.junit.message;

import com.jayway.jsonpath.Configuration;
import com.jayway.jsonpath.InvalidPathException;
import com.jayway.jsonpath.JsonPath;
import com.jayway.jsonpath.JsonPathException;
import com.jayway.jsonpath.spi.json.JsonSmartJsonProvider;
import com.jayway.jsonpath.spi.mapper.JsonSmartMappingProvider;
import dev.hubkit.junit.message.JsonContent.FoundValues;
import dev.hubkit.junit.message.JsonContent.JsonQuery;
import dev.hubkit.log.Log;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A query by the JSONPath library, which no other class refers to. */
final class JsonPathQuery implements JsonQuery {
  static {
    // The library logs.
    Log.chooseBackendQuietly();
  }

  // Not the defaults, which the application under test may set.
  private static final Configuration CONFIGURATION =
      Configuration.builder()
          .jsonProvider(new JsonSmartJsonProvider())
          .mappingProvider(new JsonSmartMappingProvider())
          .build();

  private final JsonPath path;

  private JsonPathQuery(JsonPath path) {
    this.path = path;
  }

  static JsonQuery of(String path) {
    try {
      return new JsonPathQuery(JsonPath.compile(path));
    } catch (InvalidPathException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "Not a JSONPath: " + Quotation.of(path) + " (" + e.getMessage() + ")", e);
    }
  }

  @Override
  public FoundValues find(@Nullable Object tree) {
    if (tree == null) {
      // The library takes no null.
      return new FoundValues(
          path.getPath().equals("$") ? Collections.singletonList(null) : List.of(),
          path.isDefinite());
    }
    try {
      Object found = path.read(tree, CONFIGURATION);
      // A function at the end of a path makes one value of several.
      return !path.isDefinite() && found instanceof List<?> several
          ? new FoundValues(new ArrayList<>(several), false)
          : new FoundValues(Collections.singletonList(found), true);
    } catch (JsonPathException e) {
      // There is nothing there, or nothing for a function to work on.
      return new FoundValues(List.of(), path.isDefinite());
    }
  }
}
