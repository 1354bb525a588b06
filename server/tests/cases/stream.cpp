/* stream.cpp - a program of iostream, strings, maps and doubles, as anybody would write it: the words of the request,
 * counted, and the mean of its numbers. */
#include <iostream>
#include <map>
#include <sstream>
#include <string>

int main() {
    std::map<std::string, int> words;
    std::string word;
    double sum = 0;
    int numbers = 0;
    while (std::cin >> word) {
        words[word]++;
        std::istringstream text(word);
        if (double number = 0; text >> number) {
            sum += number;
            numbers++;
        }
    }
    for (const auto &[name, count] : words)
        std::cout << name << ' ' << count << '\n';
    std::cout << "mean " << sum / numbers << '\n';
    std::cerr << numbers << " numbers" << std::endl;
    return numbers == 0;
}
