@NullMarked
package dev.hubkit.junit.docs;

import org.jspecify.annotations.NullMarked;
