"""What tests are made with: rows, people, programmes, services, phones and fakes. No test module has builders of its
own that another needs, and none imports another: `tests/test_tests.py` holds that."""
