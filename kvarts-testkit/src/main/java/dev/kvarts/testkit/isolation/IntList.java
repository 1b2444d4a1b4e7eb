package dev.kvarts.testkit.isolation;

import java.util.Arrays;

/// Numbers, as many as come.
final class IntList {
    private int[] numbers;
    private int size;

    IntList() {
        this(16);
    }

    IntList(int capacity) {
        numbers = new int[capacity];
    }

    void add(int number) {
        if (size == numbers.length) {
            numbers = Arrays.copyOf(numbers, Math.multiplyExact(size, 2));
        }
        numbers[size++] = number;
    }

    int get(int index) {
        return numbers[index];
    }

    int size() {
        return size;
    }

    void clear() {
        size = 0;
    }

    int[] toArray() {
        return Arrays.copyOf(numbers, size);
    }
}
