package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubkit.junit.WithHub;
import org.junit.jupiter.api.Test;

/** Whether the run is what it says. */
class PathTest {
  @Test
  void isThatOfTheRun() {
    String run = System.getProperty("shop.run");
    boolean modules = run.endsWith("module-path");
    assertEquals(modules, PathTest.class.getModule().isNamed());
    assertEquals(modules, WithHub.class.getModule().isNamed());
    Package jupiter = Test.class.getPackage();
    String version = jupiter.getImplementationVersion();
    if (version != null) {
      assertEquals(true, run.startsWith("junit-" + version.substring(0, 1)), version);
    }
  }
}
